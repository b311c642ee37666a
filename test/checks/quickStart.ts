/**
 * The README's first example, as the reader sees it: the code below the mark `example: quick-start` and the
 * lines it prints, below the mark `output: quick-start`. Both are HTML comments, invisible on the page.
 */

export interface QuickStart {
  readonly code: string
  readonly output: string
}

export const quickStartOf = (readme: string): QuickStart => ({
  code: blockBelow(readme, "example: quick-start", "ts"),
  output: blockBelow(readme, "output: quick-start", "text")
})

const blockBelow = (readme: string, mark: string, language: string): string => {
  const [, block] =
    new RegExp(`<!-- ${mark} -->\\s*\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? []
  if (block === undefined) {
    throw new Error(`README.md has no \`\`\`${language} block right below <!-- ${mark} -->`)
  }
  return block
}

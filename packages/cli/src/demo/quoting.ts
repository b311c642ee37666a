/**
 * How words are written on a line: bare, or in quotes when they have blanks.
 *
 * `split` reads them and `quote` writes them, so an answer can be typed in
 * again and stays on one line whatever it holds.
 */
import { Result } from "effect"

/**
 * The words of a line, or what is wrong with it.
 *
 * Words are separated by blanks. Inside `"…"` blanks are part of the word and
 * a backslash starts an escape; inside `'…'` everything is taken as it is.
 * Parts that touch make one word: `a" "b` is `a b`.
 */
export const split = (line: string): Result.Result<ReadonlyArray<string>, string> => {
  const words: Array<string> = []
  let position = 0
  while (position < line.length) {
    const blanks = match(/\s+/y, line, position)
    if (blanks !== undefined) {
      position += blanks[0].length
      continue
    }
    const word = readWord(line, position)
    if (Result.isFailure(word)) return Result.fail(word.failure)
    words.push(word.success.text)
    position = word.success.end
  }
  return Result.succeed(words)
}

/** A word as `split` would read it back: bare where it can be, else in double quotes, control characters escaped. */
export const quote = (word: string): string =>
  bareWord.test(word) ? word : `"${word.replace(needsEscape, escaped)}"`

const bareWord = /^[^\s"'\\\p{C}]+$/u
const needsEscape = /["\\\p{C}\u2028\u2029]/gu

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"]
])
const letters: ReadonlyMap<string, string> = new Map(
  [...escapes].map(([letter, meaning]) => [meaning, letter])
)

const escaped = (character: string): string => {
  const letter = letters.get(character)
  return letter === undefined ? `\\u{${character.codePointAt(0)?.toString(16)}}` : `\\${letter}`
}

interface Piece {
  readonly text: string
  readonly end: number
}

const readWord = (line: string, start: number): Result.Result<Piece, string> => {
  let text = ""
  let end = start
  while (end < line.length) {
    const piece = readPiece(line, end)
    if (piece === undefined) break
    if (Result.isFailure(piece)) return piece
    text += piece.success.text
    end = piece.success.end
  }
  return Result.succeed({ text, end })
}

/** One bare or quoted part of a word; `undefined` at a blank. */
const readPiece = (line: string, start: number): Result.Result<Piece, string> | undefined => {
  if (line[start] === '"') return readDoubleQuoted(line, start)
  if (line[start] === "'") {
    const quoted = match(/'([^']*)'/y, line, start)
    if (quoted === undefined) return Result.fail("a ' is not closed")
    return Result.succeed({ text: quoted[1] ?? "", end: start + quoted[0].length })
  }
  const bare = match(/[^\s"']+/y, line, start)
  return bare === undefined ? undefined : Result.succeed({ text: bare[0], end: start + bare[0].length })
}

const readDoubleQuoted = (line: string, start: number): Result.Result<Piece, string> => {
  const quoted = match(/"((?:[^"\\]|\\.)*)"/sy, line, start)
  if (quoted === undefined) return Result.fail('a " is not closed')

  const content = quoted[1] ?? ""
  const unknown = [...content.matchAll(escape)].find(
    ([, code, letter]) => meaningOf(code, letter) === undefined
  )
  if (unknown !== undefined) {
    return Result.fail(`${unknown[0]} is no escape; inside "" there are \\" \\\\ \\n \\r \\t and \\u{…}`)
  }
  const text = content.replace(escape, (_, code?: string, letter?: string) => meaningOf(code, letter) ?? "")
  return Result.succeed({ text, end: start + quoted[0].length })
}

/** Either `\u{…}` with its digits, or a backslash and one character. */
const escape = /\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))/gsu

const meaningOf = (code: string | undefined, letter: string | undefined): string | undefined =>
  code === undefined ? escapes.get(letter ?? "") : characterOf(code)

const characterOf = (hexadecimal: string): string | undefined => {
  const code = Number.parseInt(hexadecimal, 16)
  return code > 0x10ffff ? undefined : String.fromCodePoint(code)
}

const match = (pattern: RegExp, text: string, start: number): RegExpExecArray | undefined => {
  pattern.lastIndex = start
  return pattern.exec(text) ?? undefined
}

/**
 * Bytes as the vectors write them: hex digits, blanks wherever they help.
 */

export const fromHex = (text: string): Uint8Array => {
  const digits = text.replaceAll(/\s/g, "")
  return Uint8Array.from({ length: digits.length / 2 }, (_, position) =>
    Number.parseInt(digits.slice(2 * position, 2 * position + 2), 16)
  )
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

/** A copy in which the bytes from `at` on are replaced by those of `hex`. */
export const patched = (bytes: Uint8Array, at: number, hex: string): Uint8Array => {
  const copy = bytes.slice()
  copy.set(fromHex(hex), at)
  return copy
}

/** A message whose length field is made to say how long the bytes are. */
export const withLength = (bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(4, copy.length)
  return copy
}

/** A copy in which `removed` bytes at `at` give way to those of `hex`. */
export const spliced = (
  bytes: Uint8Array,
  { at, removed, hex }: { readonly at: number; readonly removed: number; readonly hex: string }
): Uint8Array => Uint8Array.of(...bytes.slice(0, at), ...fromHex(hex), ...bytes.slice(at + removed))

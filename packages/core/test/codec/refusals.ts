/**
 * What every decoder owes to bytes that are not what it decodes. Each function
 * gives findings, and none is what a test wants.
 */
import type { Decoded, DecodeErrorReason } from "../../src/codec/decodeError.ts"
import { toHex } from "./hex.ts"

/** What is wrong with some bytes, the bytes, and the reason and place that a decoder must give. */
export type Refusal = readonly [claim: string, bytes: Uint8Array, reason: DecodeErrorReason, offset: number]

export const refusalOf = <T>(decoded: Decoded<T>): readonly [reason: string, offset: number] =>
  decoded._tag === "Ok" ? ["Ok", 0] : [decoded.reason, decoded.offset]

/** Proper prefixes that are not refused as truncated at a place that exists. */
export const prefixFindings = <T>(
  decode: (bytes: Uint8Array) => Decoded<T>,
  bytes: Uint8Array
): ReadonlyArray<string> => {
  const findings: Array<string> = []
  for (let length = 0; length < bytes.length; length++) {
    const [reason, offset] = refusalOf(decode(bytes.slice(0, length)))
    if (reason !== "Truncated" || offset > length) findings.push(`${length} bytes: ${reason} at ${offset}`)
  }
  return findings
}

/**
 * Single flipped bits after which the bytes decode to something that is not
 * what they say: encoded again, it must give them back, so that no two byte
 * strings mean the same and no bit is without meaning.
 */
export const bitFlipFindings = <T>(
  codec: { readonly decode: (bytes: Uint8Array) => Decoded<T>; readonly encode: (value: T) => Uint8Array },
  bytes: Uint8Array
): ReadonlyArray<string> => {
  const findings: Array<string> = []
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice()
    flipped[bit >>> 3]! ^= 1 << (bit & 7)
    const decoded = codec.decode(flipped)
    if (decoded._tag === "DecodeError") {
      if (decoded.offset > flipped.length || decoded.text === "") findings.push(`bit ${bit}: ${decoded.text}`)
    } else if (toHex(codec.encode(decoded.value)) !== toHex(flipped)) {
      findings.push(`bit ${bit}: decodes to what has other bytes`)
    }
  }
  return findings
}

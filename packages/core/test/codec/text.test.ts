import { assert, describe, it } from "@effect/vitest"
import { encodedTextLength, readText, writeText } from "../../src/codec/text.ts"
import { toHex } from "./hex.ts"
import { randomBytes } from "./randomBytes.ts"

const encode = (text: string): Uint8Array => {
  const bytes = new Uint8Array(encodedTextLength(text))
  writeText(new DataView(bytes.buffer), 0, text)
  return bytes
}

const decode = (bytes: Uint8Array): string | undefined =>
  readText(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)

/** What the platform says, which core may not use. */
const platformDecode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

describe("text", () => {
  it("of any code point is the platform's UTF-8, both ways", () => {
    const encoder = new TextEncoder()
    const findings: Array<number> = []
    for (const codePoint of codePoints()) {
      const text = String.fromCodePoint(codePoint)
      const bytes = encode(text)
      if (decode(bytes) !== text || toHex(bytes) !== toHex(encoder.encode(text))) findings.push(codePoint)
    }
    assert.deepStrictEqual(findings, [])
  })

  // Goal: accept exactly what is well-formed: nothing overlong, no surrogates, no lone or missing tails.
  // Method: every string of two bytes, and many of three to six that lead with a long sequence.
  it("is refused exactly when the platform refuses it", () => {
    const findings: Array<string> = []
    for (const bytes of candidates()) if (decode(bytes) !== platformDecode(bytes)) findings.push(toHex(bytes))
    assert.deepStrictEqual(findings, [])
  })
})

/** All that are not surrogates, thinned out where their encodings only count on. */
function* codePoints(): Generator<number> {
  for (let codePoint = 0; codePoint <= 0x10_ffff; codePoint++) {
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
    const isNearEdge = codePoint < 0x1_1000 || codePoint > 0x10_ff00
    if (!isSurrogate && (isNearEdge || codePoint % 97 === 0)) yield codePoint
  }
}

function* candidates(): Generator<Uint8Array> {
  for (let pair = 0; pair < 0x1_0000; pair++) yield Uint8Array.of(pair >>> 8, pair & 0xff)
  const random = randomBytes(3)
  const leads = [0xc0, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xf8]
  const tails = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]
  for (let round = 0; round < 50_000; round++) {
    const noise = random(3 + (round % 4))
    yield noise.map((byte, position) =>
      (position === 0 ? leads : tails).at(byte % (position === 0 ? 10 : 8))!
    )
  }
}

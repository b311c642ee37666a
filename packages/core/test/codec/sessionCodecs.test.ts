import { assert, describe, it } from "@effect/vitest"
import { ok } from "../../src/codec/decodeError.ts"
import { decodeSessionCommand, encodeSessionCommand } from "../../src/codec/sessionCommandCodec.ts"
import { decodeSessions, encodeSessions } from "../../src/codec/sessionsCodec.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import type { SessionCommand, SessionLimits } from "../../src/sessions/sessionCommand.ts"
import { patched, spliced, toHex, withLength } from "./hex.ts"
import { bitFlipFindings, prefixFindings, type Refusal, refusalOf } from "./refusals.ts"
import { sessionCommandVectors, sessionsVectors } from "./sessionVectors.ts"

/** A number above what JavaScript can represent exactly. */
const unsafe = "0020000000000000"

const registration = (changed: Partial<SessionLimits>): SessionCommand => ({
  _tag: "Register",
  limits: { sessionsMax: 1, answersMax: 1, silenceMillisMax: 1, ...changed }
})

describe("session commands of version 1", () => {
  const codec = { decode: decodeSessionCommand, encode: encodeSessionCommand }

  for (const { name, value, bytes } of sessionCommandVectors) {
    it(`${name} encodes to its frozen bytes and back`, () => {
      assert.strictEqual(toHex(encodeSessionCommand(value)), toHex(bytes))
      assert.deepStrictEqual(decodeSessionCommand(bytes), ok(value))
    })

    it(`${name}, cut short anywhere, is truncated`, () =>
      assert.deepStrictEqual(prefixFindings(decodeSessionCommand, bytes), []))

    it(`${name}, with one bit flipped, is refused or says what its bits say`, () =>
      assert.deepStrictEqual(bitFlipFindings(codec, bytes), []))
  }

  const [register, execute, , keepAlive, close] = sessionCommandVectors.map(({ bytes }) => bytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array
  ]

  const refusals: ReadonlyArray<Refusal> = [
    ["version 2, whatever follows", Uint8Array.of(2), "UnknownVersion", 0],
    ["a kind of no version", patched(execute, 1, "04"), "UnknownKind", 1],
    ["a reserved field in use", patched(execute, 2, "0001"), "ReservedField", 2],
    ["a byte more", Uint8Array.of(...execute, 0), "TrailingBytes", 34],
    ["a registration with more in it", withLength(Uint8Array.of(...register, 0)), "TrailingBytes", 24],
    ["a sign of life with more in it", withLength(Uint8Array.of(...keepAlive, 0)), "TrailingBytes", 24],
    ["an end with more in it", withLength(Uint8Array.of(...close, 0)), "TrailingBytes", 16],
    ["a length less than its kind takes", withLength(execute.slice(0, 31)), "Truncated", 0],
    ["a silence too long to count", patched(register, 16, unsafe), "UnsafeInteger", 16],
    ["a client too large to count", patched(execute, 8, unsafe), "UnsafeInteger", 8],
    ["a sequence too large to count", patched(execute, 16, unsafe), "UnsafeInteger", 16],
    ["an acknowledgement too large to count", patched(execute, 24, unsafe), "UnsafeInteger", 24],
    ["a sign of life that acknowledges too much", patched(keepAlive, 16, unsafe), "UnsafeInteger", 16],
    ["the end of no client", patched(close, 8, unsafe), "UnsafeInteger", 8]
  ]

  it.each(refusals)("are refused for %s", (_, bytes, reason, offset) => {
    assert.deepStrictEqual(refusalOf(decodeSessionCommand(bytes)), [reason, offset])
  })

  it.each([
    ["half a session", registration({ sessionsMax: 0.5 })],
    ["4 Gi answers", registration({ answersMax: 0x1_0000_0000 })],
    ["a silence of less than nothing", registration({ silenceMillisMax: -1 })]
  ])("are not written with %s", (_, command) => {
    assert.throws(() => encodeSessionCommand(command), InvariantViolation)
  })
})

describe("session tables of version 1", () => {
  const codec = { decode: decodeSessions, encode: encodeSessions }

  for (const { name, value, bytes } of sessionsVectors) {
    it(`${name} encodes to its frozen bytes and back`, () => {
      assert.strictEqual(toHex(encodeSessions(value)), toHex(bytes))
      assert.deepStrictEqual(decodeSessions(bytes), ok(value))
    })

    it(`${name}, cut short anywhere, is truncated`, () =>
      assert.deepStrictEqual(prefixFindings(decodeSessions, bytes), []))

    it(`${name}, with one bit flipped, is refused or says what its bits say`, () =>
      assert.deepStrictEqual(bitFlipFindings(codec, bytes), []))
  }

  /** Sessions at bytes 44 and 105; the answers of the first at 80 and 93. */
  const bytes = sessionsVectors[1]!.bytes

  const refusals: ReadonlyArray<Refusal> = [
    ["version 2, whatever follows", Uint8Array.of(2), "UnknownVersion", 0],
    ["a reserved field in use", patched(bytes, 3, "01"), "ReservedField", 3],
    ["a byte more", Uint8Array.of(...bytes, 0), "TrailingBytes", 141],
    ["bytes after its last session", withLength(Uint8Array.of(...bytes, 0)), "TrailingBytes", 141],
    ["more sessions than bytes", patched(bytes, 40, "ffffffff"), "Truncated", 0],
    ["a session more than it has", withLength(patched(bytes, 40, "00000003")), "Truncated", 0],
    ["more answers than a session has", patched(bytes, 76, "ffffffff"), "IndexOutOfOrder", 105],
    ["an answer more than its last session has", patched(bytes, 137, "00000001"), "Truncated", 141],
    ["an answer longer than its bytes", patched(bytes, 88, "ffffffff"), "Truncated", 80],
    ["a session cut short", withLength(bytes.slice(0, 120)), "Truncated", 105],
    ["a silence too long to count", patched(bytes, 16, unsafe), "UnsafeInteger", 16],
    ["an index too large to count", patched(bytes, 24, unsafe), "UnsafeInteger", 24],
    ["a time too large to count", patched(bytes, 32, unsafe), "UnsafeInteger", 32],
    ["a client too large to count", patched(bytes, 44, unsafe), "UnsafeInteger", 44],
    ["an entry too large to count", patched(bytes, 52, unsafe), "UnsafeInteger", 52],
    ["an entry's time too large to count", patched(bytes, 60, unsafe), "UnsafeInteger", 60],
    ["an acknowledgement too large to count", patched(bytes, 68, unsafe), "UnsafeInteger", 68],
    ["a sequence too large to count", patched(bytes, 93, unsafe), "UnsafeInteger", 93],
    ["an answer that was acknowledged", patched(bytes, 87, "02"), "IndexOutOfOrder", 80],
    ["an answer twice", patched(bytes, 100, "03"), "IndexOutOfOrder", 93],
    ["client 0", patched(bytes, 51, "00"), "IndexOutOfOrder", 44],
    ["a client twice", patched(bytes, 112, "02"), "IndexOutOfOrder", 105],
    ["a client that spoke before it was there", patched(bytes, 59, "01"), "IndexOutOfOrder", 52],
    ["a client that spoke after the last entry", patched(bytes, 59, "0a"), "IndexOutOfOrder", 52],
    ["a client that spoke after the last time", patched(bytes, 67, "09"), "TimeOutOfOrder", 60],
    ["two clients that spoke in one entry", patched(bytes, 120, "09"), "IndexOutOfOrder", 44],
    ["time that falls from entry to entry", patched(bytes, 67, "06"), "TimeOutOfOrder", 44]
  ]

  it.each(refusals)("are refused for %s", (_, bytes, reason, offset) => {
    assert.deepStrictEqual(refusalOf(decodeSessions(bytes)), [reason, offset])
  })

  it("keep nothing of the bytes they were decoded from", () => {
    const copy = bytes.slice()
    const decoded = decodeSessions(copy)
    copy.fill(0)
    assert.deepStrictEqual(decoded, ok(sessionsVectors[1]!.value))
  })

  it("cannot take more time than their bytes justify: 4 Gi answers of nothing end at the first", () => {
    const many = patched(bytes, 137, "ffffffff")
    assert.deepStrictEqual(refusalOf(decodeSessions(many)), ["Truncated", 141])
    const shorter = withLength(spliced(bytes, { at: 76, removed: 4, hex: "ffffffff" }).slice(0, 80))
    assert.strictEqual(refusalOf(decodeSessions(patched(shorter, 40, "00000001")))[0], "Truncated")
  })
})

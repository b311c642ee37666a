import { assert, describe, it } from "@effect/vitest"
import { targetOf } from "../../src/codec/bytes.ts"
import { ok } from "../../src/codec/decodeError.ts"
import { decodeEntry, encodeEntry, writeEntries } from "../../src/codec/entryCodec.ts"
import type { Entry } from "../../src/entry.ts"
import { logIndex } from "../../src/ids.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import { patched, toHex } from "./hex.ts"
import { bitFlipFindings, prefixFindings, type Refusal, refusalOf } from "./refusals.ts"
import { entryVectors } from "./vectors.ts"

type EntryVector = (typeof entryVectors)[0]
const [noOp, command, , configuration, session] = entryVectors as readonly [
  EntryVector,
  EntryVector,
  EntryVector,
  EntryVector,
  EntryVector
]

describe("entry records of version 1", () => {
  for (const { name, value, bytes } of entryVectors) {
    it(`${name} encodes to its frozen bytes and back`, () => {
      assert.strictEqual(toHex(encodeEntry(value)), toHex(bytes))
      assert.deepStrictEqual(decodeEntry(bytes), ok(value))
    })

    it(`${name}, cut short anywhere, is truncated`, () =>
      assert.deepStrictEqual(prefixFindings(decodeEntry, bytes), []))

    it(`${name}, with one bit flipped, is refused or says what its bits say`, () => {
      assert.deepStrictEqual(bitFlipFindings({ decode: decodeEntry, encode: encodeEntry }, bytes), [])
    })
  }

  it("stand back to back, each as it would stand alone", () => {
    const target = targetOf(new ArrayBuffer(100))
    assert.strictEqual(writeEntries(target, 3, [noOp.value, command.value]), 3 + 32 + 34)
    assert.strictEqual(toHex(target.bytes.slice(3, 69)), toHex(noOp.bytes) + toHex(command.bytes))
    assert.strictEqual(toHex(target.bytes.slice(69)), "00".repeat(31))
  })

  it("do not pass the end of what they are written to", () => {
    assert.throws(() => writeEntries(targetOf(new ArrayBuffer(33)), 0, [command.value]), RangeError)
    assert.throws(() => writeEntries(targetOf(new ArrayBuffer(31)), 0, [noOp.value]), RangeError)
  })
})

describe("an entry", () => {
  const refusals: ReadonlyArray<Refusal> = [
    ["version 2, whatever follows", Uint8Array.of(2), "UnknownVersion", 0],
    ["kind 4", patched(command.bytes, 1, "04"), "UnknownKind", 1],
    ["kind 255", patched(command.bytes, 1, "ff"), "UnknownKind", 1],
    ["a configuration that is none", patched(command.bytes, 1, "02"), "UnknownVersion", 32],
    ["a configuration with a member too few", patched(configuration.bytes, 43, "02"), "Truncated", 32],
    ["a configuration with a witness", patched(configuration.bytes, 49, "02"), "ReservedKind", 49],
    ["a session command that is none", patched(command.bytes, 1, "03"), "UnknownVersion", 32],
    ["a session command of a later kind", patched(session.bytes, 33, "04"), "UnknownKind", 33],
    ["a session command cut short", patched(session.bytes, 36, "00000023"), "Truncated", 32],
    ["a reserved field in use", patched(command.bytes, 2, "0001"), "ReservedField", 2],
    ["another bit of it in use", patched(command.bytes, 2, "8000"), "ReservedField", 2],
    ["a payload as long as can be said", patched(command.bytes, 4, "ffffffff"), "Truncated", 0],
    ["bytes after its payload", patched(command.bytes, 4, "00000001"), "TrailingBytes", 33],
    ["a payload in a no-op", patched(command.bytes, 1, "00"), "UnexpectedPayload", 4],
    ["index 0", patched(command.bytes, 8, "0000000000000000"), "IndexOutOfOrder", 8],
    ["an unsafe index", patched(command.bytes, 8, "0020000000000000"), "UnsafeInteger", 8],
    ["an unsafe term", patched(command.bytes, 16, "0020000000000000"), "UnsafeInteger", 16],
    ["an unsafe time", patched(command.bytes, 24, "8000000000000000"), "UnsafeInteger", 24]
  ]

  for (const [claim, bytes, reason, offset] of refusals) {
    it(`is refused for ${claim}`, () => {
      assert.deepStrictEqual(refusalOf(decodeEntry(bytes)), [reason, offset])
    })
  }
})

describe("an entry, when written,", () => {
  const broken: ReadonlyArray<readonly [claim: string, fields: Partial<Entry>]> = [
    ["at index 0", { index: logIndex(0) }],
    ["at an index that is no number", { index: logIndex(Number.NaN) }],
    ["at half an index", { index: logIndex(1.5) }],
    ["beyond the last index", { index: logIndex(Number.MAX_SAFE_INTEGER + 1) }],
    ["at a negative time", { time: -1 }],
    ["at an endless time", { time: Number.POSITIVE_INFINITY }],
    ["as a no-op with a payload", { kind: "NoOp" }]
  ]

  for (const [claim, fields] of broken) {
    it(`is not accepted ${claim}`, () =>
      assert.throws(() => encodeEntry({ ...command.value, ...fields }), InvariantViolation))
  }
})

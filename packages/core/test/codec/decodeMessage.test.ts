import { assert, describe, it } from "@effect/vitest"
import { ok } from "../../src/codec/decodeError.ts"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodeMessage } from "../../src/codec/encodeMessage.ts"
import type { Message } from "../../src/message.ts"
import { fromHex, patched, spliced, toHex, withLength } from "./hex.ts"
import { bitFlipFindings, prefixFindings, type Refusal, refusalOf } from "./refusals.ts"
import { hintVectors, messageVectors } from "./vectors.ts"

const bytesOf = (tag: Message["_tag"]): Uint8Array =>
  messageVectors.findLast(({ name }) => name === tag)!.bytes

const messageOf = (tag: Message["_tag"]): Message =>
  messageVectors.findLast(({ name }) => name === tag)!.value

const vote = bytesOf("RequestVoteRequest")
const voted = bytesOf("RequestVoteResponse")
/** With two entries: a no-op at byte 68, a command at byte 100. */
const append = bytesOf("AppendEntriesRequest")
const accepted = bytesOf("AppendEntriesAccepted")
const refused = bytesOf("AppendEntriesRefused")
const heartbeat = bytesOf("HeartbeatRequest")
const response = bytesOf("HeartbeatResponse")
const question = bytesOf("ReadIndexRequest")

/** A heartbeat's response with these optional fields, from byte 40 on. */
const withFields = (hex: string): Uint8Array => withLength(Uint8Array.of(...response, ...fromHex(hex)))

/** A heartbeat with the optional field 1 of this length, from byte 48 on. */
const withRound = (length: string, hex: string): Uint8Array =>
  withLength(Uint8Array.of(...heartbeat, ...fromHex(`0001 ${length} ${hex}`)))

/** A heartbeat whose ids take these bytes, from byte 36 on. */
const withIds = (lengths: string, hex: string): Uint8Array =>
  withLength(patched(spliced(heartbeat, { at: 36, removed: 4, hex }), 2, lengths))

/** An append with only the first bytes of its entries, which say so. */
const withRunOf = (bytes: number): Uint8Array =>
  withLength(patched(append.slice(0, 68 + bytes), 67, bytes.toString(16)))

/** The least number that JavaScript cannot tell from its neighbours, and the largest of eight bytes. */
const unsafe = "0020000000000000"
const largest = "ffffffffffffffff"

describe("messages of version 1", () => {
  for (const { name, value, bytes } of messageVectors) {
    it(`${name}: the frozen bytes decode to it (${toHex(bytes)})`, () => {
      assert.deepStrictEqual(decodeMessage(bytes), ok(value))
    })

    it(`${name}: cut short anywhere, it is truncated (${toHex(bytes)})`, () => {
      assert.deepStrictEqual(prefixFindings(decodeMessage, bytes), [])
    })

    it(`${name}: with one bit flipped, it is refused or says what its bits say (${toHex(bytes)})`, () => {
      assert.deepStrictEqual(bitFlipFindings({ decode: decodeMessage, encode: encodeMessage }, bytes), [])
    })
  }

  for (const { name, value, bytes } of hintVectors) {
    it(`${name}: the frozen bytes decode to it, and cut short anywhere are truncated (${toHex(bytes)})`, () => {
      assert.deepStrictEqual(decodeMessage(bytes), ok(value))
      assert.deepStrictEqual(prefixFindings(decodeMessage, bytes), [])
      assert.strictEqual(toHex(encodeMessage(value)), toHex(bytes))
    })
  }

  it("decode from the middle of a buffer, with places counted from their first byte", () => {
    const buffer = new Uint8Array(heartbeat.length + 20)
    buffer.set(heartbeat, 11)
    const middle = buffer.subarray(11, 11 + heartbeat.length)
    assert.deepStrictEqual(decodeMessage(middle), decodeMessage(heartbeat))
    middle[37] = 0x20
    assert.deepStrictEqual(refusalOf(decodeMessage(middle)), ["InvalidServerId", 36])
  })

  it("give payloads as views, and nothing for an empty one to keep alive", () => {
    const decoded = decodeMessage(append)
    if (decoded._tag === "DecodeError" || decoded.value._tag !== "AppendEntriesRequest") return assert.fail()
    const [noOp, command] = decoded.value.entries
    assert.strictEqual(command?.payload.buffer, append.buffer)
    assert.notStrictEqual(noOp?.payload.buffer, append.buffer)
  })

  it("skip optional fields of any rising tags", () => {
    const expected = decodeMessage(response)
    assert.strictEqual(expected._tag, "Ok")
    assert.deepStrictEqual(decodeMessage(withFields("00020000")), expected)
    assert.deepStrictEqual(decodeMessage(withFields("0003 0002 abcd  0004 0000  ffff 0001 00")), expected)
    assert.deepStrictEqual(
      decodeMessage(withFields("0001 0008 000000000000012c  0002 0001 ff")),
      ok({ ...messageOf("HeartbeatResponse"), promise: 300 })
    )
    const afterEntries = withLength(Uint8Array.of(...append, ...fromHex("0009 0001 ff")))
    assert.deepStrictEqual(decodeMessage(afterEntries), decodeMessage(append))
  })
})

describe("a message", () => {
  const refusals: ReadonlyArray<Refusal> = [
    ["being empty", new Uint8Array(0), "Truncated", 0],
    ["version 0", patched(heartbeat, 0, "00"), "UnknownVersion", 0],
    ["a later version, whatever follows", fromHex("02"), "UnknownVersion", 0],
    ["a length beyond its bytes", patched(heartbeat, 4, "ffffffff"), "Truncated", 0],
    ["a length before their end", patched(heartbeat, 4, "0000002f"), "TrailingBytes", 47],
    ["a byte more", Uint8Array.of(...heartbeat, 0), "TrailingBytes", 48],
    ["kind 0", patched(heartbeat, 1, "00"), "UnknownKind", 1],
    ["an unknown kind in a known conversation", patched(heartbeat, 1, "3f"), "UnknownKind", 1],
    ["a kind of no conversation", patched(heartbeat, 1, "90"), "UnknownKind", 1],
    ["an unknown kind in the conversation of snapshots", patched(heartbeat, 1, "52"), "UnknownKind", 1],
    [
      "an unknown kind in the conversation of forwarded commands",
      patched(heartbeat, 1, "82"),
      "UnknownKind",
      1
    ],
    ["a body longer than its bytes", patched(heartbeat, 1, "22"), "Truncated", 0],
    ["ids longer than its bytes", patched(response, 2, "ffff"), "Truncated", 0],

    ["an empty sender", withIds("0002", "7332"), "InvalidServerId", 36],
    ["an empty receiver", withIds("0200", "7331"), "InvalidServerId", 38],
    ["a blank in a sender", withIds("0202", "7320 7332"), "InvalidServerId", 36],
    ["a receiver beyond ASCII", withIds("0202", "7331 c3a9"), "InvalidServerId", 38],
    ["a NUL in a receiver", withIds("0205", "7331 6161616100"), "InvalidServerId", 38],
    ["a sender of 65 characters", withIds("4102", `${"61".repeat(65)} 7332`), "InvalidServerId", 36],

    ["an unsafe incarnation", patched(heartbeat, 12, unsafe), "UnsafeInteger", 12],
    ["an unsafe term", patched(heartbeat, 20, unsafe), "UnsafeInteger", 20],
    ["an unsafe sequence", patched(heartbeat, 28, largest), "UnsafeInteger", 28],
    ["an unsafe lastLogIndex", patched(vote, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe lastLogTerm", patched(vote, 48, largest), "UnsafeInteger", 48],
    ["an unsafe prevLogIndex", patched(append, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe prevLogTerm", patched(append, 48, unsafe), "UnsafeInteger", 48],
    ["an unsafe leaderCommit", patched(append, 56, unsafe), "UnsafeInteger", 56],
    ["an unsafe matchIndex", patched(accepted, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe prevLogIndex in a refusal", patched(refused, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe conflictTerm", patched(refused, 48, unsafe), "UnsafeInteger", 48],
    ["an unsafe conflictIndex", patched(refused, 56, unsafe), "UnsafeInteger", 56],
    ["an unsafe lastLogIndex in a refusal", patched(refused, 64, unsafe), "UnsafeInteger", 64],
    ["an unsafe leaderCommit in a heartbeat", patched(heartbeat, 40, unsafe), "UnsafeInteger", 40],
    ["a vote that is neither yes nor no", patched(voted, 40, "02"), "InvalidBoolean", 40],

    ["an optional field without a length", withFields("000100"), "Truncated", 40],
    ["an optional field longer than its bytes", withFields("0001 0003 abcd"), "Truncated", 40],
    ["optional field 0", withFields("0000 0000"), "TagOutOfOrder", 40],
    ["an optional field twice", withFields("0001 0001 ff 0001 0001 ff"), "TagOutOfOrder", 45],
    ["optional fields whose tags fall", withFields("0002 0000 0001 0000"), "TagOutOfOrder", 44],

    ["a promise of four bytes", withFields("0001 0004 0000012c"), "FieldLength", 40],
    ["a promise of an unsafe number", withFields(`0001 0008 ${unsafe}`), "UnsafeInteger", 44],
    ["news of a round without a commit index", withRound("0018", "00".repeat(24)), "FieldLength", 48],
    [
      "news of a round with an unsafe number",
      withRound("0020", `${"00".repeat(8)}${unsafe}${"00".repeat(16)}`),
      "UnsafeInteger",
      60
    ],
    [
      "a permission that says more",
      withLength(Uint8Array.of(...question, ...fromHex("0001 0001 01"))),
      "FieldLength",
      40
    ],

    ["entries longer than its bytes", patched(append, 64, "00000043"), "Truncated", 0],
    ["entries as long as can be said", patched(append, 64, "ffffffff"), "Truncated", 0],
    ["entries that end inside a payload", withRunOf(65), "Truncated", 100],
    ["entries that end inside a head", withRunOf(63), "Truncated", 100],
    ["entries that end inside the first", withRunOf(31), "Truncated", 68],
    ["a payload longer than its bytes", patched(append, 104, "00000003"), "Truncated", 100],
    ["a payload as long as can be said", patched(append, 104, "ffffffff"), "Truncated", 100],
    ["an entry of another version", patched(append, 68, "02"), "UnknownVersion", 68],
    ["an entry of an unknown kind", patched(append, 101, "04"), "UnknownKind", 101],
    ["an entry whose configuration is none", patched(append, 101, "02"), "UnknownVersion", 132],
    ["an entry whose session command is none", patched(append, 101, "03"), "UnknownVersion", 132],
    ["a no-op with a payload", patched(append, 101, "00"), "UnexpectedPayload", 104],
    ["an entry that starts too late", patched(append, 76, "000000000000000b"), "IndexOutOfOrder", 76],
    ["a gap between entries", patched(append, 108, "000000000000000c"), "IndexOutOfOrder", 108],
    ["an entry that repeats an index", patched(append, 108, "000000000000000a"), "IndexOutOfOrder", 108],
    ["entries beyond the last index", patched(append, 40, "001fffffffffffff"), "IndexOutOfOrder", 76],
    ["prevLogTerm above its term", patched(append, 48, "0000000000000006"), "TermOutOfOrder", 48],
    ["a first entry below prevLogTerm", patched(append, 84, "0000000000000003"), "TermOutOfOrder", 84],
    ["a term that falls", patched(append, 116, "0000000000000004"), "TermOutOfOrder", 116],
    ["an entry above its term", patched(append, 116, "0000000000000006"), "TermOutOfOrder", 116],
    ["log time that falls", patched(append, 124, "00000000000003e7"), "TimeOutOfOrder", 124],
    ["an unsafe index of an entry", patched(append, 108, unsafe), "UnsafeInteger", 108],
    ["an unsafe term of an entry", patched(append, 116, unsafe), "UnsafeInteger", 116],
    ["an unsafe time of an entry", patched(append, 124, unsafe), "UnsafeInteger", 124]
  ]

  for (const [claim, bytes, reason, offset] of refusals) {
    it(`is refused for ${claim}`, () => {
      assert.deepStrictEqual(refusalOf(decodeMessage(bytes)), [reason, offset])
    })
  }
})

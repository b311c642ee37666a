import { assert, describe, it } from "@effect/vitest"
import { targetOf } from "../../src/codec/bytes.ts"
import { encodedMessageLength, encodeMessage, writeMessage } from "../../src/codec/encodeMessage.ts"
import type { Entry } from "../../src/entry.ts"
import { groupId, logIndex, sequence, type ServerId, serverId, term } from "../../src/ids.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import type { AppendEntriesRequest, Message } from "../../src/message.ts"
import { toHex } from "./hex.ts"
import { messageVectors } from "./vectors.ts"

const messageOf = <Tag extends Message["_tag"]>(tag: Tag): Extract<Message, { _tag: Tag }> =>
  messageVectors.findLast(({ name }) => name === tag)!.value as Extract<Message, { _tag: Tag }>

const heartbeat = messageOf("HeartbeatRequest")
const append = messageOf("AppendEntriesRequest")

describe("messages of version 1", () => {
  for (const { name, value, bytes } of messageVectors) {
    it(`${name}: it encodes to the frozen bytes (${toHex(bytes)})`, () => {
      assert.strictEqual(toHex(encodeMessage(value)), toHex(bytes))
      assert.strictEqual(encodedMessageLength(value), bytes.length)
    })
  }

  it("can be written one after another into one buffer", () => {
    const target = targetOf(new ArrayBuffer(200))
    const middle = writeMessage(target, 5, append)
    const end = writeMessage(target, middle, heartbeat)
    const both = toHex(encodeMessage(append)) + toHex(encodeMessage(heartbeat))
    assert.strictEqual(toHex(target.bytes), "00".repeat(5) + both + "00".repeat(200 - end))
  })

  it("do not pass the end of what they are written to", () => {
    for (const { value, bytes } of messageVectors) {
      const target = targetOf(new ArrayBuffer(bytes.length - 1))
      assert.throws(() => writeMessage(target, 0, value), RangeError)
    }
  })
})

describe("the memory of encoded messages", () => {
  // Goal: shared slabs never show, whatever the sizes.
  // Method: keep more messages than several slabs hold, of sizes around every
  // limit, and encode each again at the end.
  it("is never written twice", () => {
    const sizes = [0, 1, 100, 16_000, 16_151, 16_152, 16_153, 16_384, 65_536, 100_000]
    const kept: Array<readonly [message: Message, bytes: Uint8Array]> = []
    for (let round = 0; round < 60; round++) {
      const payload = new Uint8Array(sizes[round % sizes.length]!).fill(round)
      for (const message of [withPayload(payload), longest, heartbeat]) {
        kept.push([message, encodeMessage(message)])
      }
    }
    for (const [message, bytes] of kept) {
      assert.strictEqual(bytes.length, encodedMessageLength(message))
      assert.strictEqual(Buffer.compare(bytes, encodeMessage(message)), 0)
    }
  })

  it("is not left half used by a message that cannot be encoded", () => {
    const before = encodeMessage(heartbeat)
    assert.throws(() => encodeMessage({ ...heartbeat, leaderCommit: logIndex(-1) }), InvariantViolation)
    const after = encodeMessage(heartbeat)
    assert.strictEqual(toHex(before), toHex(after))
  })
})

/** As long as a message without entries gets. */
const longest: Message = {
  ...messageOf("AppendEntriesRefused"),
  from: serverId("a".repeat(64)),
  to: serverId("b".repeat(64))
}

const withPayload = (payload: Uint8Array): AppendEntriesRequest => ({
  ...append,
  entries: [{ index: logIndex(10), term: term(5), kind: "Command", time: 0, payload }]
})

describe("a message", () => {
  const [noOp, command] = append.entries as readonly [Entry, Entry]
  const withEntries = (...entries: ReadonlyArray<Entry>): Message => ({ ...append, entries })

  const broken: ReadonlyArray<readonly [claim: string, message: Message]> = [
    ["a term that is no number", { ...heartbeat, term: term(Number.NaN) }],
    ["a fraction", { ...heartbeat, leaderCommit: logIndex(0.5) }],
    ["a negative number", { ...heartbeat, sequence: sequence(-1) }],
    ["a large negative number", { ...heartbeat, sequence: sequence(-0x1_0000_0000) }],
    ["a number too large to be exact", { ...heartbeat, leaderCommit: logIndex(2 ** 53) }],
    ["a group of more than 32 bits", { ...heartbeat, group: groupId(0x1_0000_0000) }],
    ["a sender without a name", { ...heartbeat, from: "" as ServerId }],
    ["a receiver of 65 characters", { ...heartbeat, to: serverId("a".repeat(65)) }],
    ["a first entry that leaves a gap", withEntries(command)],
    ["a gap between entries", withEntries(noOp, { ...command, index: logIndex(12) })],
    ["a first entry below prevLogTerm", withEntries({ ...noOp, term: term(3) })],
    ["a term that falls", withEntries(noOp, { ...command, term: term(4) })],
    ["an entry above its term", withEntries(noOp, { ...command, term: term(6) })],
    ["prevLogTerm above its term", { ...append, entries: [], prevLogTerm: term(6) }],
    ["log time that falls", withEntries(noOp, { ...command, time: 999 })],
    ["a no-op that carries something", withEntries({ ...command, index: logIndex(10), kind: "NoOp" })]
  ]

  for (const [claim, message] of broken) {
    it(`is not sent with ${claim}`, () => assert.throws(() => encodeMessage(message), InvariantViolation))
  }
})

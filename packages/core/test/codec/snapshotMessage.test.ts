import { assert, describe, it } from "@effect/vitest"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodeMessage } from "../../src/codec/encodeMessage.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import type { InstallSnapshotRequest, Message } from "../../src/message.ts"
import { logIndex, term } from "../../src/ids.ts"
import { patched } from "./hex.ts"
import { type Refusal, refusalOf } from "./refusals.ts"
import { messageVectors } from "./vectors.ts"

const vectorOf = (tag: Message["_tag"]) => messageVectors.findLast(({ name }) => name === tag)!

/** Its configuration starts at byte 100, its chunk at byte 132. */
const chunk = vectorOf("InstallSnapshotRequest").bytes
const answer = vectorOf("InstallSnapshotResponse").bytes

const unsafe = "0020000000000000"

describe("a message with a part of a snapshot", () => {
  const refusals: ReadonlyArray<Refusal> = [
    ["an unsafe lastIncludedIndex", patched(chunk, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe lastIncludedTerm", patched(chunk, 48, unsafe), "UnsafeInteger", 48],
    ["an unsafe time", patched(chunk, 56, unsafe), "UnsafeInteger", 56],
    ["an unsafe size", patched(chunk, 64, unsafe), "UnsafeInteger", 64],
    ["an unsafe configurationIndex", patched(chunk, 72, unsafe), "UnsafeInteger", 72],
    ["an unsafe offset", patched(chunk, 80, unsafe), "UnsafeInteger", 80],
    ["a term above its leader's", patched(chunk, 48, "0000000000000006"), "TermOutOfOrder", 48],
    ["a configuration beyond its snapshot", patched(chunk, 72, "000000000000000a"), "IndexOutOfOrder", 72],
    ["a chunk beyond its snapshot", patched(chunk, 80, "0000000000000005"), "ChunkOutOfRange", 80],
    ["a configuration longer than its bytes", patched(chunk, 92, "00000024"), "Truncated", 100],
    ["a configuration as long as can be said", patched(chunk, 92, "ffffffff"), "Truncated", 100],
    ["a configuration that ends too early", patched(chunk, 92, "0000001f"), "Truncated", 100],
    ["a configuration that ends too late", patched(chunk, 92, "00000021"), "TrailingBytes", 132],
    ["a configuration of another version", patched(chunk, 100, "02"), "UnknownVersion", 100],
    ["a tail longer than its bytes", patched(chunk, 96, "00000024"), "Truncated", 0],
    ["an unsafe index in the answer", patched(answer, 40, unsafe), "UnsafeInteger", 40],
    ["an unsafe offset in the answer", patched(answer, 48, unsafe), "UnsafeInteger", 48],
    ["an answer that is neither yes nor no", patched(answer, 56, "02"), "InvalidBoolean", 56]
  ]
  for (const [claim, bytes, reason, offset] of refusals) {
    it(`is refused for ${claim}`, () => {
      assert.deepStrictEqual(refusalOf(decodeMessage(bytes)), [reason, offset])
    })
  }

  it("gives the chunk as a view, and nothing for an empty one to keep alive", () => {
    const whole = decodeMessage(chunk)
    const question = decodeMessage(
      messageVectors.find(({ name }) => name === "InstallSnapshotRequest")!.bytes
    )
    if (whole._tag === "DecodeError" || whole.value._tag !== "InstallSnapshotRequest") return assert.fail()
    if (question._tag === "DecodeError" || question.value._tag !== "InstallSnapshotRequest")
      return assert.fail()
    assert.strictEqual(whole.value.chunk.buffer, chunk.buffer)
    assert.strictEqual(question.value.chunk.buffer.byteLength, 0)
  })

  const sound = vectorOf("InstallSnapshotRequest").value as InstallSnapshotRequest
  const broken: ReadonlyArray<readonly [claim: string, message: Message]> = [
    ["a chunk beyond its snapshot", { ...sound, offset: 5 }],
    ["a checksum of more than 32 bits", { ...sound, checksum: 0x1_0000_0000 }],
    [
      "a configuration beyond its snapshot",
      { ...sound, snapshot: { ...sound.snapshot, configurationIndex: logIndex(10) } }
    ],
    ["a term above its leader's", { ...sound, snapshot: { ...sound.snapshot, lastIncludedTerm: term(6) } }]
  ]
  for (const [claim, message] of broken) {
    it(`is not sent with ${claim}`, () => assert.throws(() => encodeMessage(message), InvariantViolation))
  }
})

import { assert, describe, it } from "@effect/vitest"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodeMessage } from "../../src/codec/encodeMessage.ts"
import { sequence, term } from "../../src/ids.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import type { ForwardProposalsRequest, ForwardProposalsResponse } from "../../src/message.ts"
import { patched } from "./hex.ts"
import { type Refusal, refusalOf } from "./refusals.ts"
import { messageVectors } from "./vectors.ts"

const vectorOf = (tag: string) => messageVectors.find(({ name }) => name === tag)!
const request = vectorOf("ForwardProposalsRequest")
const response = vectorOf("ForwardProposalsResponse")

describe("forwarded commands", () => {
  const refusals: ReadonlyArray<Refusal> = [
    ["a term above its sender's", patched(request.bytes, 40, "0000000000000006"), "TermOutOfOrder", 40],
    ["an unsafe term", patched(request.bytes, 40, "0020000000000000"), "UnsafeInteger", 40],
    [
      "a first open request after itself",
      patched(request.bytes, 48, "0000000100000003"),
      "SequenceOutOfOrder",
      48
    ],
    ["an unsafe first open request", patched(request.bytes, 48, "0020000000000000"), "UnsafeInteger", 48],
    ["commands as long as can be said", patched(request.bytes, 56, "ffffffff"), "Truncated", 0],
    ["a no-op", patched(request.bytes, 60, "00"), "UnknownKind", 60],
    ["a configuration", patched(request.bytes, 60, "02"), "UnknownKind", 60],
    ["a command longer than its bytes", patched(request.bytes, 61, "0000002a"), "Truncated", 60],
    ["a command that ends in the head of the next", patched(request.bytes, 61, "00000026"), "Truncated", 103],
    ["a session command that is none", patched(request.bytes, 72, "09"), "UnknownVersion", 72],
    ["an unsafe asker", patched(response.bytes, 40, "0020000000000000"), "UnsafeInteger", 40],
    ["an unsafe index", patched(response.bytes, 48, "0020000000000000"), "UnsafeInteger", 48],
    ["an outcome of a later version", patched(response.bytes, 60, "03"), "UnknownKind", 60]
  ]

  for (const [claim, bytes, reason, offset] of refusals) {
    it(`are refused for ${claim}`, () => {
      assert.deepStrictEqual(refusalOf(decodeMessage(bytes)), [reason, offset])
    })
  }

  it("are not sent with what would be refused", () => {
    const asked = request.value as ForwardProposalsRequest
    const answered = response.value as ForwardProposalsResponse
    assert.throws(() => encodeMessage({ ...asked, leaderTerm: term(6) }), InvariantViolation)
    assert.throws(() => encodeMessage({ ...asked, firstOpen: sequence(0x1_0000_0003) }), InvariantViolation)
    assert.throws(() => encodeMessage({ ...answered, count: -1 }), InvariantViolation)
  })
})

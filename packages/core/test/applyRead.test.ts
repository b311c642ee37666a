/**
 * Entries that come back from storage to be applied.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"

const [self, leader] = ["a", "b"].map(core.serverId) as [core.ServerId, core.ServerId]

const entryAt = (index: number): core.Entry => ({
  index: core.logIndex(index),
  term: core.term(1),
  kind: "Command",
  time: 0,
  payload: Uint8Array.of(index)
})

/** A follower whose memory holds only the last of three entries, and which has just heard that two are committed. */
const [waiting, orders] = core.step(
  core.restart({
    id: self,
    group: core.groupId(0),
    incarnation: core.incarnation(1),
    options: core.defaultServerOptions,
    persistent: {
      hardState: { currentTerm: core.term(1), votedFor: undefined },
      snapshot: core.bootstrapSnapshot(core.Configuration.ofVoters([self, leader])),
      lastIndex: core.logIndex(3),
      termRuns: [{ from: core.logIndex(1), term: core.term(1) }],
      configurations: [],
      tail: [entryAt(3)]
    },
    lastApplied: core.logIndex(0),
    at: 0
  }),
  {
    _tag: "MessageReceived",
    at: 0,
    message: {
      _tag: "HeartbeatRequest",
      group: core.groupId(0),
      from: leader,
      incarnation: core.incarnation(1),
      to: self,
      term: core.term(1),
      sequence: core.sequence(1),
      leaderCommit: core.logIndex(2)
    }
  }
)

const readIn = (outputs: ReadonlyArray<core.Output>): core.ReadLog => {
  const order = outputs.find((output) => output._tag === "ReadLog")
  assert(order !== undefined)
  return order
}

const answerWith = (...indexes: ReadonlyArray<number>): core.Transition =>
  core.step(waiting, { _tag: "LogRead", at: 0, id: readIn(orders).id, entries: indexes.map(entryAt) })

describe("StateMachineSafety, where storage answers", () => {
  it("applies what was asked for", () => {
    const [, outputs] = answerWith(1, 2)
    assert.deepInclude(outputs[0], { _tag: "ApplyEntries", entries: [entryAt(1), entryAt(2)] })
  })

  it("stops on an answer that runs past what is committed", () => {
    assert.throws(() => answerWith(1, 2, 3), core.InvariantViolation, "StateMachineSafety")
  })

  it("stops on an answer that begins elsewhere, or holds nothing", () => {
    assert.throws(() => answerWith(2), core.InvariantViolation, "StateMachineSafety")
    assert.throws(() => answerWith(), core.InvariantViolation, "StateMachineSafety")
  })

  it("a read that failed is no end of the log: it is ordered again after a pause", () => {
    const pause = core.defaultServerOptions.heartbeatInterval
    const { id, ...asked } = readIn(orders)
    const [failed, nothing] = core.step(waiting, { _tag: "LogReadFailed", at: 0, id })
    assert.deepStrictEqual(nothing, [])
    assert.strictEqual(core.nextDeadline(failed), pause)
    assert.deepStrictEqual(core.step(failed, { _tag: "TimeAdvanced", at: pause - 1 })[1], [])
    const again = readIn(core.step(failed, { _tag: "TimeAdvanced", at: pause })[1])
    assert.isAbove(again.id, id)
    assert.deepInclude(again, asked)
  })
})

/**
 * What a newer term does to a follower's timer, and whose messages count.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"

const ids = ["a", "b", "c"].map(core.serverId)
const [self, other] = [ids[0]!, ids[1]!]

const follower = core.restart({
  id: self,
  group: core.groupId(0),
  incarnation: core.incarnation(1),
  options: core.defaultServerOptions,
  persistent: {
    hardState: { currentTerm: core.term(3), votedFor: undefined },
    snapshot: core.bootstrapSnapshot(core.Configuration.ofVoters(ids)),
    lastIndex: core.logIndex(1),
    termRuns: [{ from: core.logIndex(1), term: core.term(3) }],
    configurations: [],
    tail: [
      {
        index: core.logIndex(1),
        term: core.term(3),
        kind: "Command",
        time: 0,
        payload: Uint8Array.of(1)
      }
    ]
  },
  lastApplied: core.logIndex(0),
  at: 0
})

const requestVote = (from: core.ServerId, lastLogTerm: number): core.RequestVoteRequest => ({
  _tag: "RequestVoteRequest",
  group: core.groupId(0),
  from,
  incarnation: core.incarnation(9),
  to: self,
  term: core.term(4),
  sequence: core.sequence(1),
  lastLogIndex: core.logIndex(1),
  lastLogTerm: core.term(lastLogTerm),
  leadershipTransfer: false
})

const receiveAt = (at: number, message: core.Message): core.Transition =>
  core.step(follower, { _tag: "MessageReceived", at, message })

describe("a newer term", () => {
  // Earlier, a server that has just started grants no votes (thesis §6.2).
  const quiet = core.defaultServerOptions.electionTimeoutMin

  it("gives a follower that refuses its vote no more time, whatever term the candidate names", () => {
    const [refused] = receiveAt(quiet, requestVote(other, 2))
    assert.strictEqual(refused.currentTerm, 4)
    assert.strictEqual(refused.votedFor, undefined)
    assert.strictEqual(core.nextDeadline(refused), core.nextDeadline(follower))
  })

  it("gives time with a granted vote", () => {
    const [granted] = receiveAt(quiet, requestVote(other, 3))
    assert.strictEqual(granted.votedFor, other)
    assert.isAtLeast(core.nextDeadline(granted), quiet + core.defaultServerOptions.electionTimeoutMin)
  })
})

describe("a message that claims to come from its receiver", () => {
  it("changes nothing", () => {
    const [next, outputs] = receiveAt(0, requestVote(self, 3))
    assert.strictEqual(next, follower)
    assert.deepStrictEqual(outputs, [])
  })
})

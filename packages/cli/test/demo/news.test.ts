import { assert, describe, it } from "@effect/vitest"
import type { RaftServer } from "effect-raft"
import * as Answer from "../../src/demo/answer.ts"
import { newsBetween } from "../../src/demo/news.ts"

const change = (role: RaftServer.Change["role"], term: number, commitIndex = 0) =>
  ({ role, term, leader: undefined, commitIndex }) as RaftServer.Change

const told = (before: RaftServer.Change | undefined, after: RaftServer.Change) =>
  newsBetween("2", before, after).map(Answer.ofNews)

describe("news of a server", () => {
  it("candidacy, election and fall are told", () => {
    assert.deepStrictEqual(told(change("Follower", 1), change("Candidate", 2)), [
      "server 2 asks for votes in term 2"
    ])
    assert.deepStrictEqual(told(change("Candidate", 2), change("Leader", 2)), ["server 2 leads term 2"])
    assert.deepStrictEqual(told(change("Leader", 2), change("Follower", 3)), [
      "server 2 no longer leads: it learned of term 3"
    ])
  })

  it("a leader without its majority falls within its term, and says why", () => {
    const fallen = ["server 2 no longer leads term 2: it hears no majority"]
    assert.deepStrictEqual(told(change("Leader", 2), change("Follower", 2)), fallen)
    assert.deepStrictEqual(told(change("Leader", 2), change("PreCandidate", 2)), fallen)
    assert.deepStrictEqual(told(change("Leader", 2), change("PreCandidate", 3)), [
      "server 2 no longer leads: it learned of term 3"
    ])
  })

  it("asking whether an election could be won is no news", () => {
    assert.deepStrictEqual(told(change("Follower", 2), change("PreCandidate", 2)), [])
  })

  it("a server that stops by itself says why", () => {
    assert.strictEqual(
      Answer.ofNews({ _tag: "Stopped", server: "3", reason: "the disk is full" }),
      "server 3 stopped by itself: the disk is full"
    )
  })

  it("of a candidate only its first campaign is told", () => {
    assert.deepStrictEqual(told(change("Candidate", 2), change("Candidate", 3)), [])
  })

  it("a term that was won unseen is told", () => {
    assert.deepStrictEqual(told(change("Leader", 2), change("Leader", 4)), ["server 2 leads term 4"])
    assert.deepStrictEqual(told(undefined, change("Leader", 1)), ["server 2 leads term 1"])
  })

  it("commits, new terms of followers and the first sight of a follower are not news", () => {
    assert.deepStrictEqual(told(change("Leader", 2, 1), change("Leader", 2, 5)), [])
    assert.deepStrictEqual(told(change("Follower", 2), change("Follower", 3)), [])
    assert.deepStrictEqual(told(change("Candidate", 3), change("Follower", 3)), [])
    assert.deepStrictEqual(told(undefined, change("Follower", 0)), [])
  })
})

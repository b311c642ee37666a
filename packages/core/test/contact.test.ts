import { assert, describe, it } from "@effect/vitest"
import * as Contact from "../src/contact.ts"
import * as core from "../src/index.ts"
import type { Leader } from "../src/role.ts"
import type { Host } from "./support/Cluster.ts"
import { leaderRole, led } from "./support/scenes.ts"

const { electionTimeoutMax } = core.defaultServerOptions

/** The leader of a fresh cluster, of which `answered` tells what each peer has answered, after rounds at these times. */
const leading = (size: number, rounds: ReadonlyArray<readonly [sequence: number, sentAt: number]>) => {
  const cluster = led({ size, options: { checkQuorum: true } })
  const [host] = cluster.hosts as [Host]
  const role = leaderRole(host)
  return (answered: ReadonlyArray<number>, now = 1_000): readonly [core.Server, Leader] => {
    const leader: Leader = {
      ...role,
      progress: role.progress.map((peer, position) => ({
        ...peer,
        answered: core.sequence(answered[position]!)
      })),
      contact: {
        rounds: rounds.map(([number, sentAt]) => ({ sequence: core.sequence(number), sentAt })),
        checkAt: 0,
        pledges: [],
        undatedThrough: core.sequence(0)
      }
    }
    return [{ ...host.server!, now, role: leader }, leader]
  }
}

const rounds = [
  [1, 100],
  [10, 200],
  [20, 300]
] as const

describe("thesis §6.2, §6.4 contact", () => {
  it("an answer is dated by the sending of its request: by the round that the request belongs to", () => {
    const at = leading(3, rounds)
    const dates = [0, 1, 9, 10, 19, 20, 99].map((answered) => Contact.quorumContactAt(...at([answered, 0])))
    assert.deepStrictEqual(dates, [undefined, 100, 100, 200, 200, 300, 300])
  })

  it("what counts is what a quorum has answered, whoever is in it", () => {
    const at = leading(5, rounds)
    assert.strictEqual(Contact.quorumContactAt(...at([20, 20, 0, 0])), 300)
    assert.strictEqual(Contact.quorumContactAt(...at([20, 0, 10, 0])), 200)
    assert.strictEqual(Contact.quorumContactAt(...at([20, 0, 0, 0])), undefined)
  })

  it("a leader alone is in contact now", () => {
    assert.strictEqual(Contact.quorumContactAt(...leading(1, rounds)([])), 1_000)
  })

  it("an answer is news if it belongs to a later round than all before, be it the latest or not", () => {
    const [, leader] = leading(3, rounds)([0, 0])
    const isNews = (answered: number, sequence: number) =>
      Contact.isNews(leader, core.sequence(answered), core.sequence(sequence))
    assert.deepStrictEqual(
      [isNews(0, 1), isNews(1, 9), isNews(9, 10), isNews(10, 19), isNews(10, 20), isNews(20, 99)],
      [true, false, true, false, true, false]
    )
    assert.isFalse(isNews(20, 10), "a late answer")
  })

  it("the date to look moves with contact, and without contact the leader steps down", () => {
    const at = leading(3, rounds)
    const next = Contact.checkQuorum(...at([20, 0], 300 + electionTimeoutMax - 1))
    assert.strictEqual(next?.contact.checkAt, 300 + electionTimeoutMax)
    assert.isUndefined(Contact.checkQuorum(...at([20, 0], 300 + electionTimeoutMax)))
    assert.isUndefined(Contact.checkQuorum(...at([0, 0], 900)))
  })

  it("rounds that a quorum has left behind are forgotten, the one it has reached is not", () => {
    const [server, leader] = leading(3, rounds)([12, 0])
    const { rounds: kept } = Contact.roundSent(server, leader)
    assert.deepStrictEqual(
      kept.map(({ sentAt }) => sentAt),
      [200, 300, 1_000]
    )
  })

  it("without answers their number stays bounded, and thinning never makes a date later", () => {
    let [server, leader] = leading(3, [])([0, 0])
    const sentAt = new Map<number, number>()
    for (let round = 0; round < 1_000; round++) {
      server = { ...server, now: 1_000 + round, lastSequence: core.sequence(2 * round) }
      leader = { ...leader, contact: Contact.roundSent(server, leader) }
      sentAt.set(2 * round + 1, server.now)
      assert.isAtMost(leader.contact.rounds.length, 65)
    }
    for (const [answered, date] of sentAt) {
      const progress = leader.progress.map((peer) => ({ ...peer, answered: core.sequence(answered) }))
      const contactAt = Contact.quorumContactAt(server, { ...leader, progress })
      assert.isDefined(contactAt, `no date for ${answered}`)
      assert.isAtMost(contactAt, date)
    }
  })
})

/**
 * Goal: quorums are what the paper and the thesis say they are, in simple and joint configurations.
 *
 * Method: drawn configurations of up to nine servers, against definitions that are too slow to use: sorting,
 * and enumeration of all ways in which an election may go on.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Configuration from "../src/configuration.ts"
import { type LogIndex, logIndex, type ServerId, serverId } from "../src/ids.ts"
import * as Quorum from "../src/quorum.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** Up to nine servers; some are in one half only, every fifth or so has no vote, and of some nothing is known. */
const Servers = Schema.Array(
  Schema.Struct({ match: upTo(6), vote: upTo(2), role: upTo(4), isOutgoing: Schema.Boolean })
).check(Schema.isMinLength(1), Schema.isMaxLength(9))
type Servers = typeof Servers.Type

const runs = { arbitrary: { runs: 1_000, size: 9 } }

const idOf = (position: number): ServerId => serverId(`s${position}`)
const positionOf = (id: ServerId): number => Number(id.slice(1))

/** Role 0 is a learner; role 4 of a joint configuration is in the outgoing half alone. */
const configurationOf = (servers: Servers, isJoint: boolean): Configuration.Configuration => {
  const outgoing = servers.flatMap(({ isOutgoing }, position) => (isOutgoing ? [idOf(position)] : []))
  const members = servers.flatMap(({ role }, position) => {
    if (isJoint && role === 4) return []
    return [role === 0 ? Configuration.learner(idOf(position)) : Configuration.voter(idOf(position))]
  })
  return isJoint
    ? {
        members,
        outgoing: { members: outgoing.map((id) => Configuration.voter(id)), autoLeave: false }
      }
    : { members }
}

/** The halves as positions of their voters. */
const halvesOf = ({ members, outgoing }: Configuration.Configuration): ReadonlyArray<ReadonlyArray<number>> =>
  [members, ...(outgoing === undefined ? [] : [outgoing.members])].map((half) =>
    half.filter(({ role }) => role === "Voter").map(({ id }) => positionOf(id))
  )

/** A match of 6 stands for a server of which nothing is known. */
const matchOf = (servers: Servers, position: number): LogIndex | undefined => {
  const { match } = servers[position]!
  return match === 6 ? undefined : logIndex(match)
}

/** Sorted downwards, the value in the middle is what more than half have reached; each half must have reached it. */
const naiveReached = (servers: Servers, configuration: Configuration.Configuration, none: number): number =>
  Math.min(
    ...halvesOf(configuration).map(
      (voters) =>
        voters.map((position) => matchOf(servers, position) ?? none).toSorted((left, right) => right - left)[
          Math.floor(voters.length / 2)
        ] ?? none
    )
  )

const isNaiveQuorum = (configuration: Configuration.Configuration, isIn: (position: number) => boolean) =>
  halvesOf(configuration).every((voters) => voters.filter(isIn).length * 2 > voters.length)

/** Won in every way in which the election may go on, lost in every way, or not decided. */
const naiveOutcome = (servers: Servers, configuration: Configuration.Configuration): Quorum.VoteOutcome => {
  const open = servers.flatMap(({ vote }, position) => (vote === 2 ? [position] : []))
  const ends = Array.from({ length: 2 ** open.length }, (_, way) =>
    isNaiveQuorum(configuration, (position) => {
      const bit = open.indexOf(position)
      return bit < 0 ? servers[position]!.vote === 1 : ((way >>> bit) & 1) === 1
    })
  )
  if (ends.every((isWon) => isWon)) return "Won"
  return ends.includes(true) ? "Pending" : "Lost"
}

describe("quorum", () => {
  it.prop(
    "committedIndex is what sorting the voters' match indexes gives, in both halves of a joint configuration",
    { servers: Servers, isJoint: Schema.Boolean },
    ({ servers, isJoint }) => {
      const configuration = configurationOf(servers, isJoint)
      assert.strictEqual(
        Quorum.committedIndex(configuration, (id) => matchOf(servers, positionOf(id))),
        naiveReached(servers, configuration, 0)
      )
    },
    runs
  )

  it.prop(
    "reachedByQuorum does the same for any number, and knows when there is none",
    { servers: Servers, isJoint: Schema.Boolean },
    ({ servers, isJoint }) => {
      const configuration = configurationOf(servers, isJoint)
      const naive = naiveReached(servers, configuration, -Infinity)
      assert.strictEqual(
        Quorum.reachedByQuorum(configuration, (id) => matchOf(servers, positionOf(id))),
        naive === -Infinity ? undefined : naive
      )
    },
    runs
  )

  it.prop(
    "voteOutcome is decided as soon as no further vote can change it, and not before",
    { servers: Servers, isJoint: Schema.Boolean },
    ({ servers, isJoint }) => {
      const configuration = configurationOf(servers, isJoint)
      const voteOf = (id: ServerId) => [false, true, undefined][servers[positionOf(id)]!.vote]
      assert.strictEqual(Quorum.voteOutcome(configuration, voteOf), naiveOutcome(servers, configuration))
    },
    runs
  )

  it.prop(
    "isQuorum wants a majority of the voters of each half",
    { servers: Servers, isJoint: Schema.Boolean },
    ({ servers, isJoint }) => {
      const configuration = configurationOf(servers, isJoint)
      const isIn = (position: number) => servers[position]!.vote === 1
      assert.strictEqual(
        Quorum.isQuorum(configuration, (id) => isIn(positionOf(id))),
        isNaiveQuorum(configuration, isIn)
      )
    },
    runs
  )

  it("a quorum is more than half: two of them always share a voter", () => {
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) =>
      Quorum.quorumSize(
        Configuration.ofVoters(Array.from({ length: count }, (_, position) => idOf(position)))
      )
    )
    assert.deepStrictEqual(sizes, [1, 2, 2, 3, 3, 4, 4, 5, 5])
  })

  it("each half of a joint configuration has a size of its own", () => {
    const [one, two, three, four] = [0, 1, 2, 3].map(idOf) as [ServerId, ServerId, ServerId, ServerId]
    const joint: Configuration.Configuration = {
      members: [Configuration.voter(one), Configuration.learner(two)],
      outgoing: { members: [two, three, four].map((id) => Configuration.voter(id)), autoLeave: true }
    }
    assert.strictEqual(Quorum.quorumSize(joint), 1)
    assert.strictEqual(Quorum.quorumSize(joint.outgoing!), 2)
  })

  it("without voters nothing is committed and nobody is elected", () => {
    const configuration = { members: [] }
    assert.strictEqual(
      Quorum.committedIndex(configuration, () => logIndex(9)),
      0
    )
    assert.isUndefined(Quorum.reachedByQuorum(configuration, () => 9))
    assert.strictEqual(
      Quorum.voteOutcome(configuration, () => true),
      "Lost"
    )
  })
})

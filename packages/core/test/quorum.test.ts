import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Configuration from "../src/configuration.ts"
import { logIndex, type ServerId, serverId } from "../src/ids.ts"
import * as Quorum from "../src/quorum.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** Up to nine members; every fifth or so has no vote. */
const Members = Schema.Array(Schema.Struct({ match: upTo(6), vote: upTo(2), role: upTo(4) })).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(9)
)
type Members = typeof Members.Type

const idOf = (position: number): ServerId => serverId(`s${position}`)

const configurationOf = (members: Members): Configuration.Configuration => ({
  members: members.map(({ role }, position) => ({
    ...Configuration.voter(idOf(position)),
    role: role === 0 ? "Learner" : "Voter"
  }))
})

const positionOf = (id: ServerId): number => Number(id.slice(1))
const votersIn = (members: Members): Members => members.filter(({ role }) => role !== 0)

/** Sorted downwards, the entry in the middle is what more than half have reached. */
const naiveCommitted = (members: Members): number =>
  votersIn(members)
    .map(({ match }) => match)
    .toSorted((left, right) => right - left)[Math.floor(votersIn(members).length / 2)] ?? 0

const naiveOutcome = (members: Members): Quorum.VoteOutcome => {
  const voters = votersIn(members)
  const granted = voters.filter(({ vote }) => vote === 1).length
  const refused = voters.filter(({ vote }) => vote === 0).length
  if (granted * 2 > voters.length) return "Won"
  return (voters.length - refused) * 2 > voters.length ? "Pending" : "Lost"
}

describe("quorum", () => {
  it.prop(
    "committedIndex is what sorting the voters' match indexes gives, for 1 to 9 members of which some do not vote",
    { members: Members },
    ({ members }) => {
      const matchOf = (id: ServerId) => logIndex(members[positionOf(id)]!.match)
      assert.strictEqual(Quorum.committedIndex(configurationOf(members), matchOf), naiveCommitted(members))
    },
    { arbitrary: { runs: 1_000, size: 9 } }
  )

  it.prop(
    "voteOutcome counts votes of voters alone, and is decided as soon as it can be",
    { members: Members },
    ({ members }) => {
      const voteOf = (id: ServerId) => [false, true, undefined][members[positionOf(id)]!.vote]
      assert.strictEqual(Quorum.voteOutcome(configurationOf(members), voteOf), naiveOutcome(members))
    },
    { arbitrary: { runs: 1_000, size: 9 } }
  )

  it("a quorum is more than half: two of them always share a voter", () => {
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) =>
      Quorum.quorumSize(
        Configuration.ofVoters(Array.from({ length: count }, (_, position) => idOf(position)))
      )
    )
    assert.deepStrictEqual(sizes, [1, 2, 2, 3, 3, 4, 4, 5, 5])
  })

  it("without voters nothing is committed and nobody is elected", () => {
    const configuration = { members: [] }
    assert.strictEqual(
      Quorum.committedIndex(configuration, () => logIndex(9)),
      0
    )
    assert.strictEqual(
      Quorum.voteOutcome(configuration, () => true),
      "Lost"
    )
  })
})

/**
 * Goal: a change gives a configuration that is safe to go on with, or says why there is none.
 *
 * Method: chains of drawn changes, most of which are refused somewhere, against a model of sets of names; and
 * for each step that is allowed, all quorums before against all quorums after.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { decodeConfiguration, encodeConfiguration } from "../src/codec/configurationCodec.ts"
import * as Configuration from "../src/configuration.ts"
import {
  changeConfiguration,
  changeFor,
  type ChangeRefusal,
  type ConfigurationChange,
  configurationFault,
  type MemberChange
} from "../src/configurationChange.ts"
import { type ServerId, serverId } from "../src/ids.ts"
import { naiveChange, naiveOf } from "./configuration/naiveChange.ts"

const pool = ["s1", "s2", "s3", "s4", "s5", "s6"].map(serverId)
const [s1, s2, s3, s4, s5] = pool as [ServerId, ServerId, ServerId, ServerId, ServerId]
const { learner, ofVoters, voter } = Configuration

/** One server and what is done to it: mostly something that its part in the configuration allows. */
const Intent = Schema.Struct({
  id: Schema.Literals(pool),
  kind: Schema.Literals(["AddVoter", "AddLearner", "Remove", "Promote", "Demote", "Update"]),
  roll: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
})

/** One request: mostly to leave a joint configuration if there is one. */
const Request = Schema.Struct({
  kind: Schema.Literals(["Simple", "EnterJoint", "LeaveJoint"]),
  intents: Schema.Array(Intent).check(Schema.isMaxLength(4)),
  autoLeave: Schema.Boolean,
  roll: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
})

const Count = Schema.Literals([1, 2, 3, 4, 5])
const Chain = Schema.Array(Request).check(Schema.isMinLength(1), Schema.isMaxLength(12))
const runs = { arbitrary: { runs: 1_000, size: 12 } }

const sensible = (
  configuration: Configuration.Configuration,
  { id, kind, roll }: typeof Intent.Type
): (typeof Intent.Type)["kind"] => {
  if (roll === 0) return kind
  const isOdd = roll % 2 === 1
  if (Configuration.isVoter(configuration, id)) return isOdd ? "Remove" : "Demote"
  if (Configuration.isLearner(configuration, id)) return isOdd ? "Promote" : "Update"
  return isOdd ? "AddVoter" : "AddLearner"
}

const memberChange = (
  configuration: Configuration.Configuration,
  intent: typeof Intent.Type
): MemberChange => {
  const { id } = intent
  const kind = sensible(configuration, intent)
  switch (kind) {
    case "AddVoter":
      return { _tag: "Add", member: voter(id) }
    case "AddLearner":
      return { _tag: "Add", member: learner(id) }
    case "Update":
      return { _tag: "Update", id, priority: 1 }
    case "Remove":
    case "Promote":
    case "Demote":
      return { _tag: kind, id }
  }
}

const changeOf = (
  configuration: Configuration.Configuration,
  { autoLeave, intents, kind, roll }: typeof Request.Type
): ConfigurationChange => {
  const changes = intents.map((intent) => memberChange(configuration, intent))
  if (roll > 2 && Configuration.isJoint(configuration)) return { _tag: "LeaveJoint" }
  switch (kind) {
    case "Simple":
      return { _tag: kind, changes: roll > 2 ? changes.slice(0, 1) : changes }
    case "EnterJoint":
      return { _tag: kind, changes, autoLeave }
    case "LeaveJoint":
      return { _tag: kind }
  }
}

interface Step {
  readonly before: Configuration.Configuration
  readonly change: ConfigurationChange
  readonly after: ReturnType<typeof changeConfiguration>
}

/** What a chain of requests comes to, step by step. */
const stepsOf = (count: number, chain: typeof Chain.Type): ReadonlyArray<Step> => {
  let before = ofVoters(pool.slice(0, count))
  return chain.map((request) => {
    const change = changeOf(before, request)
    const step = { before, change, after: changeConfiguration(before, change) }
    if (step.after._tag === "Ok") before = step.after.configuration
    return step
  })
}

/** All sets of servers of the pool in which each half has a majority of its voters, as bits. */
const quorumsOf = ({ members, outgoing }: Configuration.Configuration): ReadonlyArray<number> => {
  const halves = [members, outgoing?.members ?? members].map((half) =>
    half.filter(({ role }) => role === "Voter").map(({ id }) => 1 << pool.indexOf(id))
  )
  return Array.from({ length: 1 << pool.length }, (_, set) => set).filter((set) =>
    halves.every((voters) => voters.filter((bit) => (set & bit) !== 0).length * 2 > voters.length)
  )
}

/** Two disjoint quorums, one of each configuration, as text. */
const disjoint = (before: Configuration.Configuration, after: Configuration.Configuration) => {
  const others = quorumsOf(after)
  for (const set of quorumsOf(before)) {
    const other = others.find((candidate) => (candidate & set) === 0)
    if (other !== undefined) return `${set.toString(2)} and ${other.toString(2)}`
  }
  return undefined
}

describe("§6 configuration changes", () => {
  it.prop(
    "§6 every quorum of a configuration shares a server with every quorum of the next one",
    { count: Count, chain: Chain },
    ({ count, chain }) => {
      for (const { before, after } of stepsOf(count, chain)) {
        if (after._tag === "Ok") assert.isUndefined(disjoint(before, after.configuration))
      }
    },
    runs
  )

  it.prop(
    "§6 they do what is done to sets of names, are refused for the same reasons, and can be written down",
    { count: Count, chain: Chain },
    ({ count, chain }) => {
      for (const { before, change, after } of stepsOf(count, chain)) {
        const expected = naiveChange(naiveOf(before), change)
        if (after._tag !== "Ok") {
          assert.strictEqual(expected, after.reason)
          continue
        }
        const { configuration } = after
        assert.deepStrictEqual(naiveOf(configuration), expected)
        assert.isUndefined(configurationFault(configuration))
        const bytes = encodeConfiguration(configuration)
        assert.deepStrictEqual(decodeConfiguration(bytes), { _tag: "Ok", value: configuration })
      }
    },
    runs
  )

  it("§6 such chains are not all refused, and meet every refusal that names alone can give", () => {
    const sample = Arbitrary.sampleEffect(Arbitrary.schema(Chain), { count: 400, size: 12, seed: "changes" })
    const steps = Effect.runSync(sample).flatMap((chain) => stepsOf(3, chain))
    const allowed = steps.filter(({ after }) => after._tag === "Ok")
    assert.isAbove(allowed.length, 700)
    assert.isAbove(allowed.filter(({ before }) => Configuration.isJoint(before)).length, 100)
    const met = steps.flatMap(({ after }) => (after._tag === "Ok" ? [] : [after.reason]))
    assert.sameMembers([...new Set(met)], [
      "NoVoters",
      "AlreadyMember",
      "UnknownMember",
      "AlreadyVoter",
      "AlreadyLearner",
      "NamedTwice",
      "MoreThanOneVoter",
      "AlreadyJoint",
      "NotJoint",
      "NothingToChange"
    ] satisfies ReadonlyArray<ChangeRefusal>)
  })

  it.prop(
    "§6 changeFor takes one step where one is safe, and a joint configuration where it is not",
    { count: Count, intents: Schema.Array(Intent).check(Schema.isMinLength(1), Schema.isMaxLength(4)) },
    ({ count, intents }) => {
      const configuration = ofVoters(pool.slice(0, count))
      const changes = intents.map((intent) => memberChange(configuration, intent))
      const chosen = changeFor(configuration, changes)
      const atOnce = changeConfiguration(configuration, { _tag: "Simple", changes })
      if (atOnce._tag === "Ok") return assert.deepStrictEqual(chosen, { _tag: "Simple", changes })
      // Where both are refused it must not matter which was asked for.
      const joint: ConfigurationChange = { _tag: "EnterJoint", changes, autoLeave: true }
      assert.deepStrictEqual(
        changeConfiguration(configuration, chosen),
        changeConfiguration(configuration, joint)
      )
    },
    runs
  )

  it("§6 the outgoing half has the voters as they stood, and leaving forgets it", () => {
    const before = { members: [voter(s1, { address: "old" }), voter(s2), voter(s3), learner(s4)] }
    const entered = changeConfiguration(before, {
      _tag: "EnterJoint",
      changes: [
        { _tag: "Update", id: s1, address: "new" },
        { _tag: "Remove", id: s2 },
        { _tag: "Demote", id: s3 },
        { _tag: "Promote", id: s4 },
        { _tag: "Add", member: voter(s5) }
      ],
      autoLeave: false
    })
    const members = [voter(s1, { address: "new" }), learner(s3), voter(s4), voter(s5)]
    const outgoing = { members: [voter(s1, { address: "old" }), voter(s2), voter(s3)], autoLeave: false }
    assert.deepStrictEqual(entered, { _tag: "Ok", configuration: { members, outgoing } })
    assert.deepStrictEqual(changeConfiguration({ members, outgoing }, { _tag: "LeaveJoint" }), {
      _tag: "Ok",
      configuration: { members }
    })
  })

  it("§6 an update changes what it names and nothing else", () => {
    const extension = Uint8Array.of(1, 2)
    const full = { priority: 3, address: "a", storageId: "b", extension }
    const updated = (update: Partial<typeof full>) => {
      const change: MemberChange = { _tag: "Update", id: s1, ...update }
      const next = changeConfiguration({ members: [voter(s1)] }, { _tag: "Simple", changes: [change] })
      return next._tag === "Ok" ? next.configuration.members[0] : next.reason
    }
    assert.deepStrictEqual(updated(full), voter(s1, full))
    assert.deepStrictEqual(updated({ priority: 3 }), voter(s1, { priority: 3 }))
    assert.deepStrictEqual(updated({ address: "a" }), voter(s1, { address: "a" }))
    assert.deepStrictEqual(updated({ storageId: "b" }), voter(s1, { storageId: "b" }))
    assert.deepStrictEqual(updated({ extension }), voter(s1, { extension }))
  })
})

const of = (...changes: ReadonlyArray<MemberChange>): ConfigurationChange => ({ _tag: "Simple", changes })

describe("a change is refused", () => {
  const pinned = { members: [voter(s1, { storageId: "x" }), learner(s2, { storageId: "x" })] }
  const add = (rest: Parameters<typeof voter>[1]): ConfigurationChange =>
    of({ _tag: "Add", member: voter(s3, rest) })

  const refusals: ReadonlyArray<
    readonly [claim: string, change: ConfigurationChange, reason: ChangeRefusal, id: ServerId | undefined]
  > = [
    ["that takes the last voter", of({ _tag: "Demote", id: s1 }), "NoVoters", undefined],
    [
      "that makes a server voter and learner at once",
      of({ _tag: "Add", member: voter(s3) }, { _tag: "Add", member: learner(s3) }),
      "NamedTwice",
      s3
    ],
    [
      "that gives a voter another storage",
      of({ _tag: "Update", id: s1, storageId: "y" }),
      "StorageOfVoter",
      s1
    ],
    ["that unpins a voter", of({ _tag: "Update", id: s1, storageId: "" }), "StorageOfVoter", s1],
    [
      "that adds a witness",
      of({ _tag: "Add", member: { ...voter(s3), role: "Witness" } }),
      "InvalidMember",
      s3
    ],
    [
      "that adds a server without a name",
      of({ _tag: "Add", member: voter(serverId("")) }),
      "InvalidMember",
      serverId("")
    ],
    ["that adds half a priority", add({ priority: 0.5 }), "InvalidMember", s3],
    ["that adds an address of more than 64 KiB", add({ address: "é".repeat(0x8000) }), "InvalidMember", s3],
    ["that adds a storage id that is no text", add({ storageId: "\ud800" }), "InvalidMember", s3],
    ["that sets half a priority", of({ _tag: "Update", id: s1, priority: 0.5 }), "InvalidMember", s1]
  ]

  it.each(refusals)("%s", (_, change, reason, id) => {
    const refused = changeConfiguration(pinned, change)
    assert.strictEqual(refused._tag, "ConfigurationChangeError")
    assert.deepInclude(refused, { reason, id })
  })

  it("but a storage may be pinned, and a learner may come back with another one", () => {
    const first = changeConfiguration(ofVoters([s1]), of({ _tag: "Update", id: s1, storageId: "x" }))
    assert.deepStrictEqual(first, { _tag: "Ok", configuration: { members: [voter(s1, { storageId: "x" })] } })
    const other = changeConfiguration(pinned, of({ _tag: "Update", id: s2, storageId: "y" }))
    assert.strictEqual(other._tag, "Ok")
  })
})

describe("a first configuration is faulty", () => {
  it.each([
    ["without voters", { members: [learner(s1)] }, "NoVoters"],
    ["with a voter who is a learner too", { members: [voter(s1), learner(s1)] }, "DuplicateMember"],
    ["with a witness", { members: [voter(s1), { ...voter(s2), role: "Witness" as const }] }, "InvalidMember"]
  ])("%s", (_, configuration, reason) => {
    assert.strictEqual(configurationFault(configuration)?.reason, reason)
  })

  it("and not otherwise", () => {
    assert.isUndefined(configurationFault({ members: [voter(s1), learner(s2)] }))
  })
})

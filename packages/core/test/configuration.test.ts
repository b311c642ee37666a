import { assert, describe, it } from "@effect/vitest"
import * as Configuration from "../src/configuration.ts"
import { serverId } from "../src/ids.ts"

const [s1, s2, s3, s4, s5] = ["s1", "s2", "s3", "s4", "s5"].map(serverId) as [
  ReturnType<typeof serverId>,
  ReturnType<typeof serverId>,
  ReturnType<typeof serverId>,
  ReturnType<typeof serverId>,
  ReturnType<typeof serverId>
]

/** s1 stays a voter and moves, s2 leaves, s3 becomes a learner, s4 a voter, and s5 is a learner throughout. */
const joint: Configuration.Configuration = {
  members: [
    Configuration.voter(s1, { address: "new:1" }),
    Configuration.learner(s3),
    Configuration.voter(s4),
    Configuration.learner(s5)
  ],
  outgoing: {
    members: [
      Configuration.voter(s1, { address: "old:1" }),
      Configuration.voter(s2),
      Configuration.voter(s3)
    ],
    autoLeave: true
  }
}

const simple: Configuration.Configuration = {
  members: [Configuration.voter(s1), Configuration.learner(s2)]
}

describe("§6 a joint configuration", () => {
  it("§6 is told from a simple one", () => {
    assert.isTrue(Configuration.isJoint(joint))
    assert.isFalse(Configuration.isJoint(simple))
  })

  it("§6 sends the log to the members of both halves, and to each of them once", () => {
    assert.deepStrictEqual(
      Configuration.servers(joint).map(({ id }) => id),
      [s1, s3, s4, s5, s2]
    )
  })

  it("§6 has the voters of either half, also those that leave or become learners", () => {
    assert.deepStrictEqual(Configuration.voters(joint), [s1, s3, s4, s2])
    for (const id of [s1, s2, s3, s4]) assert.isTrue(Configuration.isVoter(joint, id), id)
    assert.isFalse(Configuration.isVoter(joint, s5))
  })

  it("§6 has as learners only those whose vote counts in no half", () => {
    assert.deepStrictEqual(Configuration.learners(joint), [s5])
    assert.isTrue(Configuration.isLearner(joint, s5))
    for (const id of [s1, s2, s3, s4]) assert.isFalse(Configuration.isLearner(joint, id), id)
  })

  it("§6 describes a server as it will be, and who leaves as it was", () => {
    assert.strictEqual(Configuration.find(joint, s1)?.address, "new:1")
    assert.strictEqual(Configuration.find(joint, s3)?.role, "Learner")
    assert.strictEqual(Configuration.find(joint, s2)?.role, "Voter")
  })
})

describe("a simple configuration", () => {
  it("gives its own members, not a copy", () => {
    assert.strictEqual(Configuration.servers(simple), simple.members)
  })

  it("knows voters, learners and strangers apart", () => {
    assert.deepStrictEqual(Configuration.voters(simple), [s1])
    assert.deepStrictEqual(Configuration.learners(simple), [s2])
    assert.isUndefined(Configuration.find(simple, s3))
    assert.isFalse(Configuration.isVoter(simple, s3))
    assert.isFalse(Configuration.isLearner(simple, s3))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ChangeRefused, MemoryNetwork, NotLeader, OutcomeUnknown, Stopped } from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import {
  type Cluster,
  gatedDisk,
  leaderOf,
  type Member,
  pass,
  persisterOf,
  type Server,
  settle,
  spied,
  startElected,
  startServer
} from "./support/servers.ts"

const allOn = { preVote: true, checkQuorum: true, noOp: true }

/** A server that belongs to nothing yet. */
const startSpare = Effect.fnUntraced(function* ({ network }: Cluster, id: string) {
  const disk = gatedDisk()
  const transport = yield* spied(network, id, [])
  const running = yield* startServer({ id, persister: persisterOf(disk), transport, options: allOn })
  return { ...running, id, disk }
})

/** Members as `status` tells them: `?` for who has no vote, and the outgoing voters after a bar. */
const membersOf = (server: Server) =>
  Effect.map(server.status, ({ members, outgoing }) =>
    [
      ...members.map(({ id, role }) => `${id}${role === "Learner" ? "?" : ""}`),
      ...(outgoing.length > 0 ? ["|", ...outgoing] : [])
    ].join(" ")
  )

/** The change ends while time passes. */
const change = (
  { server }: Pick<Member, "server">,
  ...changes: Parameters<Server["changeConfiguration"]>[0]
) =>
  Effect.gen(function* () {
    const changing = yield* Effect.forkChild(server.changeConfiguration(changes))
    yield* pass("400 millis")
    yield* Fiber.join(changing)
  })

describe("changeConfiguration (§6)", () => {
  it.effect("a server joins without a vote, gets the log, is promoted, and takes the place of another", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: allOn })
      const [replaced, kept] = followers as [Member, Member]
      const spare = yield* startSpare(cluster, "s3")
      yield* leader.server.propose("a")
      yield* change(leader, { _tag: "Add", id: "s3", address: "here" })
      yield* pass("300 millis")
      assert.strictEqual(yield* membersOf(spare.server), "s0 s1 s2 s3?")
      assertFields(yield* spare.server.status, { lastApplied: 3, leader: leader.id })

      yield* change(leader, { _tag: "Promote", id: "s3" }, { _tag: "Remove", id: replaced.id })
      const members = ["s0", "s1", "s2", "s3"].filter((id) => id !== replaced.id).join(" ")
      assert.strictEqual(yield* membersOf(leader.server), members)
      yield* replaced.stop
      yield* pass("300 millis")
      yield* kept.stop
      assert.strictEqual(yield* leader.server.propose("b"), "2:b")
      const { members: described } = yield* leader.server.status
      assert.deepInclude(described.at(-1), { address: "here", role: "Voter" } as never)
    })
  )

  it.effect("a leader that removes itself answers, and the others go on", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected({ options: allOn })
      yield* change(leader, { _tag: "Remove", id: leader.id })
      assertFields(yield* leader.server.status, { role: "Follower" })
      yield* pass("1 second")
      const states = yield* Effect.forEach(followers, ({ server }) => server.state)
      assert.strictEqual(states.filter(({ isLeader }) => isLeader).length, 1)
    })
  )

  it.effect("refusals are definite, and say why", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: allOn })
      const refusal = (...changes: Parameters<Server["changeConfiguration"]>) =>
        Effect.flip(leader.server.changeConfiguration(...changes))
      const removal = [{ _tag: "Remove", id: "s9" }] as const

      assertFields(yield* Effect.flip(followers[0]!.server.changeConfiguration(removal)), {
        _tag: "NotLeader",
        leader: leader.id
      })
      const unknown = yield* refusal(removal)
      assert.instanceOf(unknown, ChangeRefused)
      assertFields(unknown, { reason: "UnknownMember" })
      assert.include(unknown.message, "s9 is no member")
      assertFields(yield* refusal([{ _tag: "Add", id: "no such/id" }]), { reason: "InvalidMember" })
      assertFields(yield* refusal([]), { reason: "NothingToChange" })
      assertFields(yield* refusal([{ _tag: "Remove", id: "s1" }], { expectedIndex: 7 }), {
        reason: "IndexMismatch"
      })
      yield* change(leader, { _tag: "Add", id: "s4" })
      assertFields(yield* refusal([{ _tag: "Promote", id: "s4" }]), { reason: "NotCaughtUp" })

      for (const { id } of followers) MemoryNetwork.disconnect(cluster.network, id)
      const first = yield* Effect.forkChild(
        Effect.exit(leader.server.changeConfiguration([{ _tag: "Remove", id: "s4" }]))
      )
      yield* settle
      assertFields(yield* refusal([{ _tag: "Add", id: "s5" }]), { reason: "ChangeInProgress" })
      yield* Fiber.interrupt(first)
    })
  )

  it.effect("a change that no majority hears of ends as unknown, and one that is replaced as refused", () =>
    Effect.gen(function* () {
      const options = { ...allOn, checkQuorum: false }
      const { cluster, followers, leader } = yield* startElected({ options })
      const removal = [{ _tag: "Remove", id: followers[0]!.id }] as const
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const lost = yield* Effect.forkChild(Effect.flip(leader.server.changeConfiguration(removal)))
      yield* pass("11 seconds")
      const unknown = yield* Fiber.join(lost)
      assert.instanceOf(unknown, OutcomeUnknown)
      assertFields(unknown, { index: 2, reason: "Timeout" })

      MemoryNetwork.connect(cluster.network, leader.id)
      yield* pass("2 seconds")
      assert.strictEqual(yield* membersOf(leader.server), "s0 s1 s2")
      const next = yield* leaderOf(cluster)
      MemoryNetwork.disconnect(cluster.network, next.id)
      const replaced = yield* Effect.forkChild(Effect.flip(next.server.changeConfiguration(removal)))
      yield* pass("3 seconds")
      MemoryNetwork.connect(cluster.network, next.id)
      yield* pass("2 seconds")
      assertFields(yield* Fiber.join(replaced), { _tag: "ChangeRefused", reason: "Superseded" })
    })
  )

  it.effect("a server that ends says so", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: allOn })
      for (const { id } of followers) MemoryNetwork.disconnect(cluster.network, id)
      const open = yield* Effect.forkChild(
        Effect.flip(leader.server.changeConfiguration([{ _tag: "Remove", id: followers[0]!.id }]))
      )
      yield* settle
      yield* leader.stop
      assertFields(yield* Fiber.join(open), { _tag: "OutcomeUnknown", reason: "Stopped" })
      const after = yield* Effect.flip(leader.server.changeConfiguration([{ _tag: "Remove", id: "s1" }]))
      assert.instanceOf(after, Stopped)
      assert.notInstanceOf(after, NotLeader)
    })
  )
})

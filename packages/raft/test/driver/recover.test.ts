import {
  bootstrapSnapshot,
  Configuration,
  encodeConfiguration,
  logIndex,
  serverId,
  term,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { MemoryDisk, WrongStorage } from "../../src/index.ts"
import { assertFields } from "../support/assertFields.ts"
import { entry, fill } from "../support/peers.ts"
import { counting, makeWire, pass, type StartOptions, startServer, transportOf } from "../support/servers.ts"

/** A server on this disk; whoever it writes to does not answer. */
const startOn = Effect.fnUntraced(function* (
  disk: MemoryDisk.MemoryDisk,
  rest: Partial<Pick<StartOptions, "id" | "bootstrap" | "machine">>
) {
  const wire = yield* makeWire
  const running = yield* startServer({
    id: "s0",
    persister: MemoryDisk.persister(disk),
    transport: transportOf(wire),
    ...rest
  })
  return { ...running, wire }
})

describe("the first configuration", () => {
  it.effect("is written to empty storage, before the server runs", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const { server } = yield* startOn(disk, { bootstrap: ["s0", "s1", "s2"] })
      assert.deepStrictEqual(
        disk.contents.snapshot?.configuration.members.map(({ id, role }) => [id, role]),
        [
          ["s0", "Voter"],
          ["s1", "Voter"],
          ["s2", "Voter"]
        ]
      )
      assert.deepStrictEqual(
        (yield* server.status).members.map((member) => member.id),
        ["s0", "s1", "s2"]
      )
    })
  )

  it.effect("is written once: what storage says wins over another list", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const first = yield* startOn(disk, { bootstrap: ["s0"] })
      yield* pass("1 second")
      assert.strictEqual(yield* first.server.propose("x"), "1:x")
      yield* first.stop

      const second = yield* startOn(disk, { bootstrap: ["s0", "s1", "s2"] })
      assert.deepStrictEqual(
        (yield* second.server.status).members.map((member) => member.id),
        ["s0"]
      )
      yield* pass("1 second")
      assert.isTrue((yield* second.server.state).isLeader)
      yield* second.stop

      const third = yield* startOn(disk, {})
      yield* pass("1 second")
      assert.strictEqual(yield* third.server.propose("y"), "2:y")
    })
  )

  it.effect("is written once, also when nothing else was written since", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const first = yield* startOn(disk, { bootstrap: ["s0"] })
      yield* first.stop
      const second = yield* startOn(disk, { bootstrap: ["s0", "s1", "s2"] })
      assert.deepStrictEqual(
        (yield* second.server.status).members.map((member) => member.id),
        ["s0"]
      )
    })
  )

  it.effect("is not written over a log: a server that was being filled is not empty", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      yield* MemoryDisk.persister(disk).submit([
        {
          _tag: "Write",
          id: writeId(1),
          hardState: { currentTerm: term(1), votedFor: undefined },
          truncateFrom: undefined,
          chunk: undefined,
          entries: [entry(1, 1, "x")]
        }
      ])
      const { server } = yield* startOn(disk, { bootstrap: ["s0"] })
      assertFields(yield* server.status, { lastIndex: 1, members: [] })
      assert.isUndefined(disk.contents.snapshot)
      assert.strictEqual(disk.contents.log.lastIndex, 1)
    })
  )

  it.effect("without one, a server on empty storage waits and never campaigns", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const { server, wire } = yield* startOn(disk, {})
      yield* pass("1 minute")
      assert.lengthOf(wire.sent, 0)
      assertFields(yield* server.status, { role: "Follower", term: 0, members: [] })
      assert.isUndefined(disk.contents.snapshot)
    })
  )
})

describe("storage that is not this server's", () => {
  const pinned = Effect.fnUntraced(function* (disk: MemoryDisk.MemoryDisk, storageId: string) {
    const members = [Configuration.voter(serverId("s0"), { storageId }), Configuration.voter(serverId("s1"))]
    yield* MemoryDisk.persister(disk).bootstrap(bootstrapSnapshot({ members }))
  })

  it.effect("is refused when the configuration names another", () =>
    Effect.gen(function* () {
      for (const storageId of ["other", ""]) {
        const disk = MemoryDisk.make({ storageId })
        yield* pinned(disk, "mine")
        const refused = yield* Effect.flip(startOn(disk, {}))
        assert.instanceOf(refused, WrongStorage)
        assert.include(refused.message, "mine")
      }
    })
  )

  it.effect("is taken when the configuration names it, names none, or names another server's", () =>
    Effect.gen(function* () {
      for (const storageId of ["mine", ""]) {
        const disk = MemoryDisk.make({ storageId: "mine" })
        yield* pinned(disk, storageId)
        yield* startOn(disk, {})
        const peer = MemoryDisk.make({ storageId: "another" })
        yield* pinned(peer, storageId)
        yield* startOn(peer, { id: "s1" })
      }
    })
  )

  it.effect("is refused when a configuration in the log names another", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make({ storageId: "other" })
      yield* pinned(disk, "")
      const members = [Configuration.voter(serverId("s0"), { storageId: "mine" })]
      const configuration = { ...entry(1, 1, ""), kind: "Configuration" as const }
      yield* MemoryDisk.persister(disk).submit([
        {
          _tag: "Write",
          id: writeId(1),
          hardState: { currentTerm: term(1), votedFor: undefined },
          truncateFrom: undefined,
          chunk: undefined,
          entries: [{ ...configuration, payload: encodeConfiguration({ members }) }]
        }
      ])
      const refused = yield* Effect.flip(startOn(disk, {}))
      assert.instanceOf(refused, WrongStorage)
      assert.include(refused.message, "mine")
    })
  )

  it.effect("is refused when the state machine holds more than its log", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      yield* fill(disk, 3)
      const machine = { ...(yield* counting), appliedIndex: Effect.succeed(logIndex(4)) }
      const refused = yield* Effect.flip(startOn(disk, { machine }))
      assert.instanceOf(refused, WrongStorage)
      assert.include(refused.reason, "index 4")
      assert.include(refused.reason, "ends at 3")
    })
  )

  it.effect("a state machine that holds exactly its log is not given it again, a reader is", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      yield* fill(disk, 3)
      const applied: Array<number> = []
      const inner = yield* counting
      const machine: typeof inner = {
        ...inner,
        appliedIndex: Effect.succeed(logIndex(2)),
        apply: (batch) => {
          applied.push(...batch.map(({ index }) => index))
          return inner.apply(batch)
        }
      }
      const { server } = yield* startOn(disk, { machine })
      assertFields(yield* server.status, { lastApplied: 2, commitIndex: 2 })
      const seen = yield* Stream.runCollect(Stream.take(server.applied, 2))
      assert.deepStrictEqual(
        seen.map(({ command }) => command),
        ["1", "2"]
      )
      assert.deepStrictEqual(applied, [])
    })
  )
})

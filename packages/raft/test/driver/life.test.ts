import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Logger, Metric, Queue, Scope, Stream } from "effect"
import { MemoryDisk, MemoryNetwork, Persister, type StateMachine } from "../../src/index.ts"
import { assertFields } from "../support/assertFields.ts"
import { appendFrom, entry, fill, header, hear, sentOf, startAlone, startLeading } from "../support/peers.ts"
import {
  counting,
  gatedDisk,
  makeWire,
  pass,
  persisterOf,
  settle,
  spied,
  startCluster,
  startServer,
  transportOf
} from "../support/servers.ts"

/** Log lines of level Error, as text. */
const collectErrors = (lines: Array<string>) =>
  Effect.provide(
    Logger.layer([
      Logger.make(({ cause, logLevel, message }) => {
        if (logLevel === "Error") lines.push(`${String(message)} ${Cause.pretty(cause)}`)
      })
    ])
  )

/** The second server acknowledges what the leader under test sent it last. */
const acknowledge = (wire: Parameters<typeof hear>[0], index: number) =>
  hear(wire, {
    ...header("s1", { term: 1, sequence: sentOf(wire, "AppendEntriesRequest", "s1").at(-1)!.sequence }),
    _tag: "AppendEntriesAccepted",
    matchIndex: logIndex(index)
  })

/** The fibers alive, the test's own included; to be provided around what it counts. */
const makeCount = () => {
  const count = { alive: 0 }
  const service: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      count.alive++
    },
    recordFiberEnd: () => {
      count.alive--
    }
  }
  return [count, Effect.provideService(Metric.FiberRuntimeMetrics, service)] as const
}

describe("the end of a server", () => {
  it.effect("closing its scope ends every fiber, stream and wait, and takes it off the network", () => {
    const [count, counted] = makeCount()
    return Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const scope = yield* Scope.make()
      const transport = yield* Scope.provide(spied(network, "s0", []), scope)
      const { server, stop } = yield* startServer({
        id: "s0",
        bootstrap: ["s0"],
        persister: persisterOf(gatedDisk()),
        transport
      })
      yield* pass("1 second")
      yield* server.propose("x")
      const running = count.alive
      const applied = yield* Effect.forkChild(Stream.runCollect(server.applied), { startImmediately: true })
      const changes = yield* Effect.forkChild(Stream.runCollect(server.changes), { startImmediately: true })
      const stopped = yield* Effect.forkChild(server.stopped, { startImmediately: true })
      yield* settle
      assert.isAtLeast(running, 5)
      assert.isAtLeast(count.alive, running + 3)

      yield* stop
      assert.deepStrictEqual(
        (yield* Fiber.join(applied)).map(({ command }) => command),
        ["x"]
      )
      assertFields((yield* Fiber.join(changes)).at(-1)!, { role: "Leader", commitIndex: 1 })
      yield* Fiber.join(stopped)
      assert.strictEqual(network.inboxes.size, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(network.inboxes.size, 0)
      yield* settle
      assert.strictEqual(count.alive, 0)
    }).pipe(counted)
  })

  it.effect("closing during a write waits for the write, but lets nobody else wait for it", () =>
    Effect.gen(function* () {
      const disk = gatedDisk()
      const inner = persisterOf(disk)
      const persister = {
        ...inner,
        submit: (writes: Parameters<typeof inner.submit>[0]) => Effect.uninterruptible(inner.submit(writes))
      }
      const { server, stop } = yield* startServer({
        id: "s0",
        bootstrap: ["s0"],
        persister,
        transport: transportOf(yield* makeWire)
      })
      yield* pass("1 second")
      disk.gate.closeUnsafe()
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
      yield* settle
      const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
      yield* settle
      assertFields(yield* Fiber.join(proposed), { _tag: "OutcomeUnknown", reason: "Stopped" })
      yield* server.stopped
      assert.strictEqual(disk.open, 1)
      assert.isUndefined(stopping.pollUnsafe())
      yield* disk.gate.open
      yield* Fiber.join(stopping)
      assert.strictEqual(disk.open, 0)
      assert.strictEqual(disk.disk.contents.log.lastIndex, 1)
    })
  )

  it.effect("closing interrupts a write that allows it", () =>
    Effect.gen(function* () {
      const { disk, server, stop } = yield* startLeading()
      disk.gate.closeUnsafe()
      yield* server.start("x")
      yield* settle
      assert.strictEqual(disk.open, 1)
      yield* stop
      assert.strictEqual(disk.open, 0)
    })
  )

  const broken: ReadonlyArray<
    readonly [title: string, apply: StateMachine.StateMachine<string, string>["apply"], text: string]
  > = [
    ["throws", () => Effect.die(new Error("bad arithmetic")), "bad arithmetic"],
    ["gives fewer results than commands", () => Effect.succeed([]), "0 results for 1 commands"],
    ["interrupts itself", () => Effect.interrupt, "stops by itself"]
  ]

  it.effect.each(broken)(
    "a state machine that %s stops the server with an error in the log, and answers everybody",
    ([, apply, text]) => {
      const lines: Array<string> = []
      return Effect.gen(function* () {
        const { server, wire } = yield* startLeading({ machine: { ...(yield* counting), apply } })
        const applied = yield* Effect.forkChild(Stream.runCollect(server.applied), { startImmediately: true })
        const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
        yield* settle
        yield* acknowledge(wire, 1)
        assertFields(yield* Fiber.join(proposed), { _tag: "OutcomeUnknown", index: 1, reason: "Stopped" })
        assert.deepStrictEqual(yield* Fiber.join(applied), [])
        assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
        assert.lengthOf(lines, 1)
        assert.include(lines[0], "server s0 stops by itself")
        assert.include(lines[0], text)
        wire.sent.length = 0
        yield* pass("5 seconds")
        assert.lengthOf(wire.sent, 0)
      }).pipe(collectErrors(lines))
    }
  )

  it.effect("a log that the schema cannot read stops the server rather than being passed over", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { server, wire } = yield* startAlone()
      const unreadable = { ...entry(1, 1, "x"), payload: new Uint8Array([0xff]) }
      yield* hear(wire, appendFrom({ term: 1, sequence: 1, entries: [unreadable], leaderCommit: 1 }))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
      assertFields(yield* server.status, { commitIndex: 1, lastApplied: 0 })
      assert.lengthOf(lines, 1)
    }).pipe(collectErrors(lines))
  })

  it.effect("a broken invariant stops the server, by its name, before it does harm", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      yield* server.start("x")
      yield* settle
      // A follower that holds more than its leader: either of them is not what it should be.
      yield* acknowledge(wire, 7)
      const exit = yield* Effect.exit(server.stopped)
      assert.isTrue(Exit.hasDies(exit))
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "LeaderAppendOnly")
      assertFields(yield* server.status, { commitIndex: 0 })
    }).pipe(collectErrors(lines))
  })

  it.effect("the end of its transport is the end of the server: deaf, it must not lead on", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      yield* Queue.end(wire.inbox)
      yield* settle
      assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
      assert.isFalse((yield* server.state).isLeader)
      assert.include(lines[0], "transport")
    }).pipe(collectErrors(lines))
  })

  it.effect("so is a transport that was closed under it", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      yield* Queue.shutdown(wire.inbox)
      yield* settle
      assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
      assert.include(lines[0], "transport")
    }).pipe(collectErrors(lines))
  })

  it.effect("so is a defect in reading entries back, which nobody waits for", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const disk = MemoryDisk.make({ tailEntriesMax: 16 })
      yield* fill(disk, 40)
      const wire = yield* makeWire
      const { server } = yield* startServer({
        id: "s0",
        persister: {
          ...MemoryDisk.persister(disk),
          readEntries: () => Effect.die(new Error("sector out of range"))
        },
        transport: transportOf(wire)
      })
      yield* hear(wire, {
        ...header("s1", { term: 1, sequence: 1 }),
        _tag: "HeartbeatRequest",
        leaderCommit: logIndex(40)
      })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
      assert.include(lines[0], "sector out of range")
    }).pipe(collectErrors(lines))
  })

  it.effect("a failure to load is told, and starts nothing", () =>
    Effect.gen(function* () {
      const error = new Persister.PersisterError({ cause: "bad superblock" })
      for (const operation of ["load", "bootstrap"] as const) {
        const failing = {
          ...persisterOf(gatedDisk()),
          [operation]: operation === "load" ? Effect.fail(error) : () => Effect.fail(error)
        }
        const failure = yield* Effect.flip(
          startServer({
            id: "s0",
            bootstrap: ["s0"],
            persister: failing,
            transport: transportOf(yield* makeWire)
          })
        )
        assertFields(failure, { _tag: "StorageFailed", server: "s0", operation })
      }
    })
  )

  it.effect("a server that stopped by itself can be closed, and closed again, and keeps its reason", () =>
    Effect.gen(function* () {
      const { members } = yield* startCluster({ servers: 1 })
      const [only] = members
      yield* pass("1 second")
      only!.disk.writeFailure = "gone"
      yield* only!.server.start("x")
      yield* settle
      yield* only!.stop
      yield* only!.stop
      assertFields(yield* Effect.flip(only!.server.stopped), { _tag: "StorageFailed" })
      assertFields(yield* Effect.flip(only!.server.propose("y")), { _tag: "StorageFailed" })
    })
  )
})

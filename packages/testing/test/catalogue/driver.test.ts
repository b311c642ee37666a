/**
 * The same bugs one floor up: whole servers, with their fibers, storage and network, in virtual time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { MemoryDisk, MemoryNetwork, OutcomeUnknown, ReadTimedOut, TransferFailed } from "effect-raft"
import { virtually } from "../virtual.ts"
import { counting, leaderAmong, siteOf, start, startThree } from "./support/servers.ts"

describe("what a server tells its clients", () => {
  it(
    "B24: a query runs after its server was confirmed to lead, so a deposed leader runs none",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, network, others } = yield* startThree({ checkQuorum: false })
        yield* leader.server.propose("x")
        MemoryNetwork.disconnect(network, leader.id)
        const next = yield* leaderAmong(others)
        yield* next.server.propose("y")

        let runs = 0
        const query = Effect.sync(() => void runs++)
        const refused = yield* Effect.flip(leader.server.read(query))
        assert.isTrue(refused instanceof ReadTimedOut)
        assert.strictEqual(runs, 0)
        assert.deepStrictEqual(leader.ledger.commands, ["x"])
        yield* next.server.read(query)
        assert.strictEqual(runs, 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B10: a leader takes commands again when the transfer that somebody waited for has come to nothing",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, others } = yield* startThree()
        const [target] = others
        yield* target!.stop
        const failed = yield* Effect.flip(leader.server.transferLeadership(target!.id))
        assert.deepInclude(failed, { reason: "TimedOut" })
        assert.isTrue(failed instanceof TransferFailed)
        assert.strictEqual(yield* leader.server.propose("x"), 1)

        // Who asked may also have gone before the end.
        const asking = yield* Effect.forkChild(leader.server.transferLeadership(target!.id))
        yield* Effect.sleep("50 millis")
        yield* Fiber.interrupt(asking)
        yield* Effect.sleep("1 second")
        assert.strictEqual(yield* leader.server.propose("y"), 2)
      }).pipe(Effect.scoped)
    )
  )
})

describe("what a server does to its storage", () => {
  it(
    "B16: storage is given one batch after the other, so its completions come in the order of the writes",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, others } = yield* startThree()
        const [first] = others
        first!.gate.closeUnsafe()
        for (const text of ["a", "b", "c"]) {
          yield* leader.server.propose(text)
          yield* Effect.sleep("20 millis")
        }
        assert.deepStrictEqual(first!.calls, { open: 1, most: 1 })
        assert.deepStrictEqual(first!.ledger.commands, [])
        first!.gate.openUnsafe()
        yield* Effect.sleep("200 millis")
        assert.deepStrictEqual(first!.ledger.commands, ["a", "b", "c"])
        assert.deepStrictEqual(first!.calls, { open: 0, most: 1 })
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B48: a leader whose disk hangs is succeeded, and whoever waits for it is told that the outcome is unknown",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, others } = yield* startThree()
        leader.gate.closeUnsafe()
        const waiting = yield* Effect.forkChild(leader.server.propose("x"))
        const next = yield* leaderAmong(others)
        assert.isTrue((yield* Effect.flip(Fiber.join(waiting))) instanceof OutcomeUnknown)
        // Nobody could know: its followers' disks were well, and kept it.
        assert.strictEqual(yield* next.server.propose("y"), 2)
        leader.gate.openUnsafe()
        yield* Effect.sleep("500 millis")
        assert.deepStrictEqual(leader.ledger.commands, ["x", "y"])
      }).pipe(Effect.scoped)
    )
  )
})

describe("what a restart finds", () => {
  it(
    "B43: a durable state machine is given each command once, however often its server restarts",
    virtually(() =>
      Effect.gen(function* () {
        const site = siteOf(MemoryNetwork.make(), "A", ["A"])
        for (const text of ["x", "y", "z"]) {
          const running = yield* start(site, { isDurable: true })
          yield* leaderAmong([running])
          yield* running.server.propose(text)
          yield* running.stop
        }
        assert.deepStrictEqual(site.ledger.commands, ["x", "y", "z"])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B43: a command that a client repeats, at the next leader and after everybody's restart, is executed once",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, others, servers } = yield* startThree()
        const session = yield* leader.server.sessions.register
        const number = { session, sequence: 1, firstUnacknowledged: 1 }
        // The followers store the command, and their leader cannot apply it: its client hears nothing.
        leader.gate.closeUnsafe()
        const failed = yield* Effect.flip(leader.server.sessions.propose(number, "x"))
        assert.isTrue(failed instanceof OutcomeUnknown)
        const next = yield* leaderAmong(others)
        assert.strictEqual(yield* next.server.sessions.propose(number, "x"), 1)
        assert.deepStrictEqual(next.ledger.commands, ["x"])

        leader.gate.openUnsafe()
        yield* Effect.sleep("500 millis")
        for (const { ledger, stop } of servers) {
          assert.deepStrictEqual(ledger.commands, ["x"])
          yield* stop
          ledger.commands.length = 0
        }
        const restarted = yield* Effect.forEach(servers, (site) => start(site))
        const last = yield* leaderAmong(restarted)
        assert.strictEqual(yield* last.server.sessions.propose(number, "x"), 1)
        assert.deepStrictEqual(last.ledger.commands, ["x"])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B36: a server whose configuration names another storage than it comes with is refused",
    virtually(() =>
      Effect.gen(function* () {
        const site = siteOf(MemoryNetwork.make(), "A", ["A"], "first")
        const running = yield* start(site)
        yield* leaderAmong([running])
        yield* Effect.sleep("200 millis")
        yield* running.server.changeConfiguration([{ _tag: "Update", id: "A", storageId: "first" }])
        yield* running.stop

        const { contents } = site.disk
        site.disk = MemoryDisk.make({ storageId: "second" })
        site.disk.contents = contents
        const outcome = yield* Effect.match(start(site), {
          onFailure: ({ _tag }) => _tag,
          onSuccess: () => "Started"
        })
        assert.strictEqual(outcome, "WrongStorage")
        site.disk = MemoryDisk.make({ storageId: "first" })
        site.disk.contents = contents
        const again = yield* start(site)
        yield* leaderAmong([again])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B44: a server whose state cannot be restored does not start, and applies nothing on top",
    virtually(() =>
      Effect.gen(function* () {
        const site = siteOf(MemoryNetwork.make(), "A", ["A"])
        const forgetful = { snapshotEntriesMax: 2, trailingEntries: 0 }
        const running = yield* start(site, { machine: yield* counting, options: forgetful })
        yield* leaderAmong([running])
        for (const text of ["x", "y", "z"]) yield* running.server.propose(text)
        yield* Effect.sleep("200 millis")
        yield* running.stop
        const { contents } = site.disk
        assert.isAbove(contents.snapshot?.lastIncludedIndex ?? 0, 0)

        const damaged = Uint8Array.of(1, 2, 3)
        site.disk.contents = { ...contents, snapshotBytes: damaged }
        const exit = yield* Effect.exit(start(site, { machine: yield* counting }))
        assert.isTrue(Exit.hasDies(exit))
        // What was there is there still, for whoever repairs it.
        assert.strictEqual(site.disk.contents.snapshotBytes, damaged)
        site.disk.contents = contents
        const repaired = yield* start(site, { machine: yield* counting })
        yield* leaderAmong([repaired])
        assert.strictEqual(yield* repaired.server.propose("w"), 4)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "B47: what was acknowledged is there after the leader is gone, and after everybody was",
    virtually(() =>
      Effect.gen(function* () {
        const { leader, others, servers } = yield* startThree()
        yield* leader.server.propose("x")
        yield* leader.server.propose("y")
        yield* Effect.sleep("200 millis")
        for (const { ledger } of others) assert.deepStrictEqual(ledger.commands, ["x", "y"])
        yield* leader.stop
        const next = yield* leaderAmong(others)
        yield* next.server.read(Effect.void)
        assert.deepStrictEqual(next.ledger.commands, ["x", "y"])

        for (const running of others) yield* running.stop
        for (const { ledger } of servers) {
          ledger.commands.length = 0
          ledger.through = 0
        }
        const restarted = yield* Effect.forEach(servers, (site) => start(site))
        const last = yield* leaderAmong(restarted)
        yield* last.server.read(Effect.void)
        assert.deepStrictEqual(last.ledger.commands, ["x", "y"])
      }).pipe(Effect.scoped)
    )
  )
})

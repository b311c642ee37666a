import {
  bootstrapSnapshot,
  Configuration,
  encodeSessions,
  type InstallSnapshotRequest,
  logIndex,
  type Message,
  serverId,
  Sessions,
  term,
  withChunk,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Stream } from "effect"
import type { Undated } from "../../src/driver/Driver.ts"
import { sendChunk } from "../../src/driver/snapshots.ts"
import { Wake } from "../../src/driver/Wake.ts"
import type { Workplace } from "../../src/driver/workplace.ts"
import {
  MemoryDisk,
  MemoryNetwork,
  OutcomeUnknown,
  type StateMachine,
  StorageFailed
} from "../../src/index.ts"
import { assertFields } from "../support/assertFields.ts"
import { header, hear, sentOf, startAlone, startLeading } from "../support/peers.ts"
import {
  counting,
  gatedDisk,
  type GatedDisk,
  makeWire,
  pass,
  persisterOf,
  remembering,
  type Server,
  settle,
  startElected,
  startServer,
  transportOf
} from "../support/servers.ts"

/** Snapshots after every fourth entry, of which nothing is kept, in tiny chunks. */
const options = { snapshotEntriesMax: 4, trailingEntries: 0, chunkBytesMax: 16 }

/** A server alone in its cluster, and its own leader. */
const startSingle = Effect.fnUntraced(function* (
  from: {
    readonly disk?: GatedDisk
    readonly machine?: StateMachine.StateMachine<string, string>
  } = {}
) {
  const disk = from.disk ?? gatedDisk()
  const running = yield* startServer({
    id: "s0",
    bootstrap: ["s0"],
    persister: persisterOf(disk),
    transport: transportOf(yield* makeWire),
    machine: from.machine ?? (yield* remembering),
    options
  })
  yield* pass("1 second")
  return { ...running, disk }
})

const proposeAll = Effect.fnUntraced(function* (server: Server, from: number, through: number) {
  for (let number = from; number <= through; number++) {
    assert.strictEqual(yield* server.propose(`c${number}`), `${number}:c${number}`)
  }
  yield* settle
})

const readApplied = (server: Server, count: number) =>
  Stream.runCollect(Stream.take(server.applied, count)).pipe(
    Effect.map((all) =>
      all.map(({ command, index, snapshot }): readonly [index: number, given: unknown] => [
        index,
        snapshot === undefined ? command : JSON.parse(new TextDecoder().decode(snapshot))
      ])
    )
  )

const commands = (through: number) => Array.from({ length: through }, (_, position) => `c${position + 1}`)

describe("a server's own snapshots", () => {
  it.effect(
    "§7 snapshots are taken as the options say; storage forgets what they cover, and the next life begins with them",
    () =>
      Effect.gen(function* () {
        const { disk, server, stop } = yield* startSingle()
        yield* proposeAll(server, 1, 10)
        const { log, snapshot } = disk.disk.contents
        assert.deepStrictEqual(
          [snapshot?.lastIncludedIndex, log.lastIncludedIndex],
          [logIndex(8), logIndex(8)]
        )
        assert.isBelow(MemoryDisk.bytes(disk.disk), 200)
        yield* stop

        const again = yield* startSingle({ disk })
        // Entries 9 and 10 are committed again with the first one of the new term.
        assert.strictEqual(yield* again.server.propose("c11"), "11:c11")
      })
  )

  it.effect("§7 snapshots are encoded and saved beside further commands", () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const inner = yield* remembering
      const machine: typeof inner = {
        ...inner,
        snapshots: {
          restore: inner.snapshots!.restore,
          capture: Effect.map(inner.snapshots!.capture, ({ encode }) => ({
            encode: Stream.fromEffect(gate.await).pipe(Stream.drain, Stream.concat(encode))
          }))
        }
      }
      const { disk, server } = yield* startSingle({ machine })
      yield* proposeAll(server, 1, 7)
      assert.strictEqual(disk.disk.contents.snapshot?.lastIncludedIndex, 0)
      yield* gate.open
      yield* settle
      // What is saved is the state of the moment it was caught in.
      assert.strictEqual(disk.disk.contents.snapshot?.lastIncludedIndex, 4)
      const state = disk.disk.contents.snapshotBytes.subarray(noSessions.length)
      assert.deepStrictEqual(JSON.parse(new TextDecoder().decode(state)), commands(4))
    })
  )

  it.effect("§7 a state is caught between two batches: nothing is applied until it is", () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const inner = yield* remembering
      const capture = Effect.andThen(gate.await, inner.snapshots!.capture)
      const machine = { ...inner, snapshots: { restore: inner.snapshots!.restore, capture } }
      const { server } = yield* startSingle({ machine })
      yield* proposeAll(server, 1, 4)
      const fifth = yield* Effect.forkChild(server.propose("c5"))
      yield* pass("1 second")
      assertFields(yield* server.status, { commitIndex: 5, lastApplied: 4 })
      yield* gate.open
      assert.strictEqual(yield* Fiber.join(fifth), "5:c5")
    })
  )

  it.effect("§7 a state machine without bytes has no snapshots, whatever the options say", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startSingle({ machine: yield* counting })
      yield* proposeAll(server, 1, 12)
      assert.strictEqual(disk.disk.contents.snapshot?.lastIncludedIndex, 0)
      assert.strictEqual(disk.disk.contents.log.lastIncludedIndex, 0)
    })
  )

  it.effect("§7 a snapshot that cannot be saved stops the server: storage has failed", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startSingle()
      disk.saveFailure = "no space"
      yield* proposeAll(server, 1, 4)
      const exit = yield* Effect.exit(server.stopped)
      if (!Exit.isFailure(exit)) return assert.fail("it runs on")
      assert.include(String(exit.cause), "failed in saveSnapshot")
    })
  )
})

describe("applied, where entries are forgotten", () => {
  it.effect(
    "§7 applied begins with the snapshot that stands for them, and goes on with the entries after it",
    () =>
      Effect.gen(function* () {
        const { server } = yield* startSingle()
        yield* proposeAll(server, 1, 10)
        assert.deepStrictEqual(yield* readApplied(server, 3), [
          [8, commands(8)],
          [9, "c9"],
          [10, "c10"]
        ])
      })
  )

  it.effect("§7 a reader that keeps up is given every entry, and no snapshot", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle()
      const reader = yield* Effect.forkChild(readApplied(server, 9))
      yield* proposeAll(server, 1, 9)
      const expected = commands(9).map((command, position) => [position + 1, command] as const)
      assert.deepStrictEqual(yield* Fiber.join(reader), expected)
    })
  )

  it.effect("§7 a snapshot that could not be read for a reader is read again", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startSingle()
      yield* proposeAll(server, 1, 8)
      disk.readFailures = 2
      const reader = yield* Effect.forkChild(readApplied(server, 1))
      yield* pass("1 second")
      assert.deepStrictEqual(yield* Fiber.join(reader), [[8, commands(8)]])
      assert.strictEqual(disk.readFailures, 0)
    })
  )
})

describe("a server that was away for longer than the log remembers", () => {
  const catchUp = Effect.fnUntraced(function* (readFailures: number) {
    const { cluster, followers, leader } = yield* startElected({ options, makeMachine: remembering })
    const [away] = followers
    MemoryNetwork.disconnect(cluster.network, away!.id)
    yield* proposeAll(leader.server, 1, 22)
    assert.isAbove(leader.disk.disk.contents.log.lastIncludedIndex, 10)
    leader.disk.readFailures = readFailures
    MemoryNetwork.connect(cluster.network, away!.id)
    yield* pass("3 seconds")
    yield* proposeAll((yield* leaderAmong(cluster.members)).server, 23, 23)
    yield* pass("1 second")
    return { away: away!, leader }
  })

  const leaderAmong = Effect.fnUntraced(function* <M extends { readonly server: Server }>(
    members: ReadonlyArray<M>
  ) {
    for (const member of members) if ((yield* member.server.state).isLeader) return member
    return yield* Effect.die(new Error("nobody leads"))
  })

  it.effect("§7 a server that was away is sent the snapshot, in chunks, and then the log", () =>
    Effect.gen(function* () {
      const { away } = yield* catchUp(0)
      const { log, snapshot } = away.disk.disk.contents
      assert.isAbove(snapshot!.lastIncludedIndex, 10)
      assert.strictEqual(log.lastIndex, 23)
      const chunks = away.disk.submitted.flat().filter(({ chunk }) => chunk !== undefined)
      assert.isAbove(chunks.length, 5)
      assertFields(yield* away.server.status, { lastApplied: 23 })
      const [first] = yield* readApplied(away.server, 1)
      const [index, state] = first!
      assert.deepStrictEqual(state, commands(index))
    })
  )

  it.effect("§7 it catches up although the leader cannot read the snapshot at first", () =>
    Effect.gen(function* () {
      const { away } = yield* catchUp(3)
      assertFields(yield* away.server.status, { lastApplied: 23 })
    })
  )
})

const encoder = new TextEncoder()

/** What a snapshot begins with in a cluster without sessions. */
const noSessions = encodeSessions(Sessions.empty)

/** The whole snapshot of `s1`, leader of a term, as one message to `s0`. */
const snapshotFrom = (of: number, lastIncludedIndex: number, state: string): InstallSnapshotRequest => {
  const bytes = Uint8Array.of(...noSessions, ...encoder.encode(state))
  const { configuration } = bootstrapSnapshot(Configuration.ofVoters(["s0", "s1", "s2"].map(serverId)))
  const snapshot = {
    lastIncludedIndex: logIndex(lastIncludedIndex),
    lastIncludedTerm: term(1),
    time: 0,
    configuration,
    configurationIndex: logIndex(0),
    size: bytes.length
  }
  const fields = { ...header("s1", { term: of, sequence: 1 }), snapshot, offset: 0 }
  return withChunk({ _tag: "InstallSnapshotRequest", ...fields }, bytes)
}

describe("a snapshot that another server sends", () => {
  it.effect(
    "§7 a snapshot is acknowledged when it is stored, and told to readers when the state machine holds it",
    () =>
      Effect.gen(function* () {
        const { disk, server, wire } = yield* startAlone({ machine: yield* remembering })
        yield* disk.gate.close
        yield* hear(wire, snapshotFrom(1, 3, `["a","b","c"]`))
        assert.lengthOf(sentOf(wire, "InstallSnapshotResponse"), 0)
        yield* disk.gate.open
        yield* settle
        assert.deepStrictEqual(
          sentOf(wire, "InstallSnapshotResponse").map(({ installed }) => installed),
          [true]
        )
        assertFields(yield* server.status, { lastApplied: 3, commitIndex: 3, lastIndex: 3 })
        assert.deepStrictEqual(yield* readApplied(server, 1), [[3, ["a", "b", "c"]]])
      })
  )

  it.effect(
    "§7 whoever waits for an entry that a snapshot stands for is told that its outcome is unknown",
    () =>
      Effect.gen(function* () {
        const { server, wire } = yield* startLeading({ machine: yield* remembering })
        const waiting = yield* Effect.forkChild(Effect.flip(server.propose("x")))
        yield* settle
        yield* hear(wire, snapshotFrom(2, 3, `["a","b","c"]`))
        const error = yield* Fiber.join(waiting)
        assert.instanceOf(error, OutcomeUnknown)
        assertFields(error, { reason: "SnapshotInstalled", index: 1, term: 1 })
      })
  )

  it.effect("§7 a snapshot that could not be read to be restored is read again", () =>
    Effect.gen(function* () {
      const machine = yield* remembering
      const { disk, server, wire } = yield* startAlone({ machine })
      disk.readFailures = 2
      yield* hear(wire, snapshotFrom(1, 3, `["a","b","c"]`))
      assertFields(yield* server.status, { lastApplied: 0, commitIndex: 3 })
      yield* pass("250 millis")
      assertFields(yield* server.status, { lastApplied: 3 })
      const { encode } = yield* machine.snapshots!.capture
      assert.deepStrictEqual(yield* Stream.runCollect(encode), [encoder.encode(`["a","b","c"]`)])
    })
  )

  it.effect("§7 bytes that the state machine refuses stop the server: nothing may be applied on top", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startAlone({ machine: yield* remembering })
      yield* hear(wire, snapshotFrom(1, 3, `["a","b"`))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(server.stopped)))
      assertFields(yield* server.status, { lastApplied: 0 })
    })
  )

  it.effect("§7 a snapshot stops a server whose state machine takes none", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startAlone({ machine: yield* counting })
      yield* hear(wire, snapshotFrom(1, 3, "[]"))
      const exit = yield* Effect.exit(server.stopped)
      assert.isTrue(Exit.hasDies(exit))
      assert.include(String(exit), "takes no snapshots")
    })
  )
})

describe("a chunk whose snapshot another has replaced", () => {
  it.effect("§7 a chunk that cannot be read any more is not sent, and told as a message that was lost", () =>
    Effect.gen(function* () {
      const sent: Array<Message> = []
      const posted: Array<Undated> = []
      const place = {
        server: "s0",
        broken: yield* Deferred.make(),
        scope: yield* Effect.scope,
        wake: new Wake(),
        driver: { post: (event: Undated) => void posted.push(event) },
        transport: {
          send: (messages: ReadonlyArray<Message>) => Effect.sync(() => void sent.push(...messages))
        },
        persister: { readSnapshot: () => Effect.succeed(undefined) }
      } as unknown as Workplace
      const { checksum: _, chunk: __, ...request } = snapshotFrom(1, 3, "[]")
      yield* sendChunk(place, { _tag: "SendSnapshot", after: writeId(0), request, length: 2 })
      yield* settle
      assert.deepStrictEqual(sent, [])
      assert.deepStrictEqual(posted, [
        { _tag: "PeerUnreachable", peer: request.to, sequence: request.sequence }
      ])
    })
  )
})

describe("a start on storage that begins with a snapshot", () => {
  const stored = Effect.fnUntraced(function* (state: string) {
    const disk = gatedDisk()
    const alone = yield* startAlone({ disk, machine: yield* remembering })
    yield* hear(alone.wire, snapshotFrom(1, 3, state))
    yield* alone.stop
    return disk
  })

  it.effect(
    "§7 a state machine that is behind the stored snapshot is restored from it, before anything else",
    () =>
      Effect.gen(function* () {
        const disk = yield* stored(`["a","b","c"]`)
        const { server } = yield* startAlone({ disk, machine: yield* remembering })
        assertFields(yield* server.status, { lastApplied: 3, commitIndex: 3 })
      })
  )

  it.effect("§7 one that holds as much by itself is left alone", () =>
    Effect.gen(function* () {
      const disk = yield* stored(`["a","b","c"]`)
      const inner = yield* remembering
      let restored = 0
      const restore: StateMachine.SnapshotSupport["restore"] = () => Effect.sync(() => void restored++)
      const snapshots = { capture: inner.snapshots!.capture, restore }
      yield* startAlone({ disk, machine: { ...inner, appliedIndex: Effect.succeed(logIndex(3)), snapshots } })
      assert.strictEqual(restored, 0)
    })
  )

  it.effect("§7 a start fails where storage cannot give the snapshot", () =>
    Effect.gen(function* () {
      const disk = yield* stored(`["a","b","c"]`)
      disk.readFailures = 1
      const error = yield* Effect.flip(startAlone({ disk, machine: yield* remembering }))
      assert.instanceOf(error, StorageFailed)
      assertFields(error, { operation: "load" })
    })
  )
})

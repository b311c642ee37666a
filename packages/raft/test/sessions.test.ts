import { encodeSessionCommand, type Entry, logIndex, type SessionCommand } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import {
  AnswerForgotten,
  InvalidCommand,
  MemoryNetwork,
  OutcomeUnknown,
  type RaftServer,
  SessionExpired,
  type StateMachine,
  TooManyUnacknowledged
} from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import { appendFrom, entry, hear, header, last, startAlone, startLeading } from "./support/peers.ts"
import {
  counting,
  gatedDisk,
  type GatedDisk,
  leaderOf,
  makeWire,
  pass,
  persisterOf,
  remembering,
  type Server,
  settle,
  startElected,
  startServer,
  transportOf,
  type Wire
} from "./support/servers.ts"

type Numbers = Pick<RaftServer.SessionCommandNumber, "session" | "sequence"> &
  Partial<RaftServer.SessionCommandNumber>

/** A command that acknowledges nothing, unless told. */
const propose = (server: Server, numbers: Numbers, command: string) =>
  server.sessions.propose({ firstUnacknowledged: 1, ...numbers }, command)

/** A server alone in its cluster, and its own leader. */
const startSingle = Effect.fnUntraced(function* (
  from: {
    readonly disk?: GatedDisk
    readonly machine?: StateMachine.StateMachine<string, string>
    readonly options?: Parameters<typeof startServer>[0]["options"]
  } = {}
) {
  const disk = from.disk ?? gatedDisk()
  const running = yield* startServer({
    id: "s0",
    bootstrap: ["s0"],
    persister: persisterOf(disk),
    transport: transportOf(yield* makeWire),
    machine: from.machine ?? (yield* remembering),
    options: from.options ?? {}
  })
  yield* pass("1 second")
  return { ...running, disk }
})

/** Peer `s1` has everything, and says so. */
const acceptAll = Effect.fnUntraced(function* (server: Server, wire: Wire) {
  const request = last(wire, "AppendEntriesRequest", "s1")
  const matchIndex = (yield* server.status).lastIndex
  yield* hear(wire, { ...header("s1", request), _tag: "AppendEntriesAccepted", matchIndex })
})

describe("§8 exactly once", () => {
  it.effect("§8 a command that comes again is not executed again, and is told the first answer", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const { server } = leader
      const session = yield* server.sessions.register
      assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(server, { session, sequence: 2 }, "b"), "2:b")
      assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* server.propose("c"), "3:c")
    })
  )

  it.effect("§8 copies that are applied in one batch are executed once, and all told the one answer", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const { server } = leader
      const session = yield* server.sessions.register
      const of = { session, sequence: 1 }
      const copies = Effect.all(
        [propose(server, of, "a"), propose(server, of, "a"), propose(server, of, "a")],
        {
          concurrency: "unbounded"
        }
      )
      const before = (yield* server.status).lastIndex
      assert.deepStrictEqual(yield* copies, ["1:a", "1:a", "1:a"])
      assert.strictEqual((yield* server.status).lastIndex, before + 3)
      assert.strictEqual(yield* server.propose("b"), "2:b")
    })
  )

  it.effect("§8 sessions do not know each other's numbers", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const { server } = leader
      const first = yield* server.sessions.register
      const second = yield* server.sessions.register
      assert.notStrictEqual(first, second)
      assert.strictEqual(yield* propose(server, { session: first, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(server, { session: second, sequence: 1 }, "a"), "2:a")
    })
  )

  it.effect("§8 the next leader answers a copy as the last one did", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected()
      const session = yield* leader.server.sessions.register
      yield* propose(leader.server, { session, sequence: 1 }, "a")
      yield* pass("200 millis")
      MemoryNetwork.disconnect(cluster.network, leader.id)
      yield* pass("1 second")
      const { server } = yield* leaderOf(cluster)
      assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(server, { session, sequence: 2 }, "b"), "2:b")
    })
  )

  it.effect("§8 a command whose outcome is unknown is repeated until it is known, and executed once", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      const registered = yield* Effect.forkChild(server.sessions.register)
      yield* settle
      yield* acceptAll(server, wire)
      const session = yield* Fiber.join(registered)
      const unknown = yield* Effect.forkChild(Effect.flip(propose(server, { session, sequence: 1 }, "a")))
      yield* pass("10 seconds")
      assert.instanceOf(yield* Fiber.join(unknown), OutcomeUnknown)
      const repeated = yield* Effect.forkChild(propose(server, { session, sequence: 1 }, "a"))
      const next = yield* Effect.forkChild(propose(server, { session, sequence: 2 }, "b"))
      yield* settle
      // Both copies of the first command are committed by this.
      assert.strictEqual((yield* server.status).lastIndex, 4)
      yield* acceptAll(server, wire)
      assert.strictEqual(yield* Fiber.join(repeated), "1:a")
      assert.strictEqual(yield* Fiber.join(next), "2:b")
    })
  )

  it.effect("§8 a restart from the log keeps sessions and their answers", () =>
    Effect.gen(function* () {
      const { disk, server, stop } = yield* startSingle()
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* stop
      const again = yield* startSingle({ disk })
      assert.strictEqual(yield* propose(again.server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(again.server, { session, sequence: 2 }, "b"), "2:b")
    })
  )

  it.effect("§8 a restart from a snapshot keeps sessions and their answers", () =>
    Effect.gen(function* () {
      const options = { snapshotEntriesMax: 4, trailingEntries: 0 }
      const { disk, server, stop } = yield* startSingle({ options })
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      for (const command of ["x", "y", "z"]) yield* server.propose(command)
      yield* settle
      assert.strictEqual(disk.disk.contents.log.lastIncludedIndex, logIndex(4))
      yield* stop
      const again = yield* startSingle({ disk, options })
      assert.strictEqual(yield* propose(again.server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(again.server, { session, sequence: 2 }, "b"), "5:b")
    })
  )

  it.effect("§8 a server that was sent a snapshot knows what its leader knew", () =>
    Effect.gen(function* () {
      const options = { snapshotEntriesMax: 4, trailingEntries: 0, chunkBytesMax: 16 }
      const { cluster, followers, leader } = yield* startElected({ options, makeMachine: remembering })
      const away = followers[0]!
      MemoryNetwork.disconnect(cluster.network, away.id)
      const session = yield* leader.server.sessions.register
      yield* propose(leader.server, { session, sequence: 1 }, "a")
      for (const command of ["x", "y", "z", "u", "v", "w"]) yield* leader.server.propose(command)
      yield* settle
      assert.isAbove(leader.disk.disk.contents.log.lastIncludedIndex, 3)
      MemoryNetwork.connect(cluster.network, away.id)
      yield* pass("3 seconds")
      const current = yield* leaderOf(cluster)
      if (current.id !== away.id) yield* current.server.transferLeadership(away.id)
      assert.isTrue((yield* away.server.state).isLeader)
      assert.isDefined(away.disk.submitted.flat().find(({ chunk }) => chunk !== undefined))
      assert.strictEqual(yield* propose(away.server, { session, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(away.server, { session, sequence: 2 }, "b"), "8:b")
    })
  )

  it.effect("§8 without a session a repeated command is executed again", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      assert.strictEqual(yield* leader.server.propose("a"), "1:a")
      assert.strictEqual(yield* leader.server.propose("a"), "2:a")
    })
  )

  it.effect("a command that its schema refuses takes no number's place in the log", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const session = yield* leader.server.sessions.register
      const before = (yield* leader.server.status).lastIndex
      const refused = yield* Effect.flip(
        propose(leader.server, { session, sequence: 1 }, 7 as unknown as string)
      )
      assert.instanceOf(refused, InvalidCommand)
      assert.strictEqual((yield* leader.server.status).lastIndex, before)
    })
  )
})

describe("§8 the end of sessions and answers", () => {
  it.effect("§8 what was acknowledged is forgotten, and not executed again", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle()
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* propose(server, { session, sequence: 2, firstUnacknowledged: 2 }, "b")
      const forgotten = yield* Effect.flip(propose(server, { session, sequence: 1 }, "a"))
      assert.instanceOf(forgotten, AnswerForgotten)
      assertFields(forgotten, { session, sequence: 1 })
      assert.strictEqual(yield* server.propose("c"), "3:c")
    })
  )

  it.effect("§8 too far ahead of what was acknowledged a command is refused, and taken later", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle({ options: { sessionAnswersMax: 2 } })
      const session = yield* server.sessions.register
      const refused = yield* Effect.flip(propose(server, { session, sequence: 3 }, "c"))
      assert.instanceOf(refused, TooManyUnacknowledged)
      assertFields(refused, { session, firstUnacknowledged: 1 })
      yield* propose(server, { session, sequence: 1 }, "a")
      assert.strictEqual(yield* propose(server, { session, sequence: 3, firstUnacknowledged: 2 }, "c"), "2:c")
    })
  )

  it.effect(
    "§8 a client that is silent for too long has no session any more, and nothing of it is executed",
    () =>
      Effect.gen(function* () {
        const { server } = yield* startSingle({ options: { sessionSilenceMax: Duration.seconds(10) } })
        const session = yield* server.sessions.register
        yield* pass("10 seconds")
        assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
        yield* pass("9 seconds")
        yield* server.sessions.keepAlive({ session, firstUnacknowledged: 1 })
        yield* pass("9 seconds")
        assert.strictEqual(yield* propose(server, { session, sequence: 1 }, "a"), "1:a")
        yield* pass("10001 millis")
        const expired = yield* Effect.flip(propose(server, { session, sequence: 1 }, "a"))
        assert.instanceOf(expired, SessionExpired)
        assertFields(expired, { server: "s0", session })
        assert.instanceOf(
          yield* Effect.flip(server.sessions.keepAlive({ session, firstUnacknowledged: 1 })),
          SessionExpired
        )
        assert.strictEqual(yield* server.propose("b"), "2:b")
      })
  )

  it.effect("§8 a closed session is gone", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle()
      const session = yield* server.sessions.register
      yield* server.sessions.close(session)
      assert.instanceOf(yield* Effect.flip(propose(server, { session, sequence: 1 }, "a")), SessionExpired)
      assert.instanceOf(yield* Effect.flip(server.sessions.close(session)), SessionExpired)
    })
  )

  it.effect("§8 with too many sessions the one that was silent longest ends", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle({ options: { sessionsMax: 2 } })
      const first = yield* server.sessions.register
      const second = yield* server.sessions.register
      yield* propose(server, { session: first, sequence: 1 }, "a")
      const third = yield* server.sessions.register
      assert.instanceOf(
        yield* Effect.flip(propose(server, { session: second, sequence: 1 }, "b")),
        SessionExpired
      )
      assert.strictEqual(yield* propose(server, { session: first, sequence: 1 }, "a"), "1:a")
      assert.strictEqual(yield* propose(server, { session: third, sequence: 1 }, "c"), "2:c")
    })
  )
})

/** A session command as another leader would have put it into its log. */
const sessionEntry = (index: number, of: number, time: number, command: SessionCommand): Entry => ({
  ...entry(index, of, ""),
  kind: "Session",
  time,
  payload: encodeSessionCommand(command)
})

const limits = { sessionsMax: 8, answersMax: 8, silenceMillisMax: 1_000 }
const quoted = new TextEncoder().encode(`"a"`)
const execute = (session: number): SessionCommand => ({
  _tag: "Execute",
  clientId: logIndex(session),
  sequence: 1,
  firstUnacknowledged: 1,
  command: quoted
})

describe("§8 log time", () => {
  /** What a client hears at `s0`, after entries of another leader with these times. */
  const answerAfter = Effect.fnUntraced(function* (times: readonly [registered: number, executed: number]) {
    const { server, wire } = yield* startAlone()
    const entries = [
      sessionEntry(1, 1, times[0], { _tag: "Register", limits }),
      sessionEntry(2, 1, times[1], execute(1))
    ]
    yield* hear(wire, appendFrom({ term: 1, sequence: 1, entries, leaderCommit: 2 }))
    yield* pass("1 second")
    yield* hear(wire, {
      ...header("s1", last(wire, "RequestVoteRequest", "s1")),
      _tag: "RequestVoteResponse",
      voteGranted: true
    })
    assert.isTrue((yield* server.state).isLeader)
    const copy = yield* Effect.forkChild(Effect.exit(propose(server, { session: 1, sequence: 1 }, "a")))
    yield* settle
    yield* acceptAll(server, wire)
    return yield* Effect.flatten(Fiber.join(copy))
  })

  it.effect("B49 a session lives by the time in the log: a server whose clock says otherwise keeps it", () =>
    Effect.gen(function* () {
      // This server's clock has moved by more than the silence allowed; the log's has not.
      assert.strictEqual(yield* answerAfter([0, 0]), "1:a")
    })
  )

  it.effect("B49 a session ends by the time in the log, although hardly any has passed for its server", () =>
    Effect.gen(function* () {
      const expired = yield* Effect.flip(answerAfter([0, 1_001]))
      assert.instanceOf(expired, SessionExpired)
    })
  )
})

describe("§8 sessions and what else sees the log", () => {
  it.effect("§8 applied gives a command once, however often it stands in the log", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle()
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* server.propose("b")
      const applied = yield* Stream.runCollect(Stream.take(server.applied, 4))
      assert.deepStrictEqual(
        applied.map(({ command }) => command),
        [undefined, "a", undefined, "b"]
      )
    })
  )

  it.effect("§8 applied does so after a snapshot too, and the snapshot is the state machine's alone", () =>
    Effect.gen(function* () {
      const { server } = yield* startSingle({ options: { snapshotEntriesMax: 3, trailingEntries: 0 } })
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* server.propose("x")
      yield* propose(server, { session, sequence: 1 }, "a")
      yield* propose(server, { session, sequence: 2 }, "b")
      yield* settle
      const applied = yield* Stream.runCollect(Stream.take(server.applied, 3))
      assert.deepStrictEqual(
        applied.map(({ command, index, snapshot }) => [
          index,
          command,
          snapshot && new TextDecoder().decode(snapshot)
        ]),
        [
          [3, undefined, `["a","x"]`],
          [4, undefined, undefined],
          [5, "b", undefined]
        ]
      )
    })
  )

  it.effect(
    "§8 a state machine that keeps its own state executes nothing twice; what it answered is forgotten",
    () =>
      Effect.gen(function* () {
        const { disk, server, stop } = yield* startSingle()
        const session = yield* server.sessions.register
        yield* propose(server, { session, sequence: 1 }, "a")
        yield* settle
        const { lastApplied } = yield* server.status
        yield* stop
        const applied: Array<string> = []
        const inner = yield* counting
        const machine: typeof inner = {
          ...inner,
          appliedIndex: Effect.succeed(lastApplied),
          apply: (batch) => {
            applied.push(...batch.map(({ command }) => command))
            return inner.apply(batch)
          }
        }
        const again = yield* startSingle({ disk, machine })
        const forgotten = yield* Effect.flip(propose(again.server, { session, sequence: 1 }, "a"))
        assert.instanceOf(forgotten, AnswerForgotten)
        yield* propose(again.server, { session, sequence: 2 }, "b")
        assert.deepStrictEqual(applied, ["b"])
      })
  )

  it.effect("§8 it goes on from the sessions of the stored snapshot", () =>
    Effect.gen(function* () {
      const options = { snapshotEntriesMax: 4, trailingEntries: 0 }
      const { disk, server, stop } = yield* startSingle({ options })
      const session = yield* server.sessions.register
      yield* propose(server, { session, sequence: 1 }, "a")
      for (const command of ["x", "y", "z"]) yield* server.propose(command)
      yield* settle
      const { lastApplied } = yield* server.status
      assert.strictEqual(disk.disk.contents.log.lastIncludedIndex, logIndex(lastApplied - 1))
      yield* stop
      const machine = { ...(yield* remembering), appliedIndex: Effect.succeed(lastApplied) }
      const again = yield* startSingle({ disk, machine, options })
      assert.strictEqual(yield* propose(again.server, { session, sequence: 1 }, "a"), "1:a")
    })
  )

  it.effect("a session command that cannot be read is never passed over: the server stops", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      const bad = { ...entry(1, 2, ""), kind: "Session" as const, payload: Uint8Array.of(9) }
      yield* hear(wire, appendFrom({ term: 2, sequence: 1, entries: [bad], leaderCommit: 1 }))
      assert.strictEqual((yield* Effect.exit(server.stopped))._tag, "Failure")
      assertFields(yield* server.status, { lastApplied: 0 })
    })
  )
})

import { encodeSessionCommand, type Entry, logIndex, type SessionCommand } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { SessionTable, withSessions } from "../../src/driver/SessionTable.ts"
import { joined } from "../../src/pieces.ts"
import { entry } from "../support/peers.ts"
import { counting, remembering } from "../support/servers.ts"

const sessionEntry = (index: number, command: SessionCommand): Entry => ({
  ...entry(index, 1, ""),
  kind: "Session",
  payload: encodeSessionCommand(command)
})

const limits = { sessionsMax: 8, answersMax: 8, silenceMillisMax: 1_000 }

const execute = (index: number, sequence: number): Entry =>
  sessionEntry(index, {
    _tag: "Execute",
    clientId: logIndex(1),
    sequence,
    firstUnacknowledged: 1,
    command: new Uint8Array()
  })

/** A state machine with one session, whose commands 1 and 2 were executed; nobody knows the answer to the second. */
const make = Effect.fnUntraced(function* () {
  const table = new SessionTable<string>()
  const machine = withSessions(yield* remembering, table)
  yield* machine.apply([{ index: logIndex(2), term: entry(2, 1, "").term, time: 0, command: "a" }])
  table.admit(sessionEntry(1, { _tag: "Register", limits }))
  const admission = table.admit(execute(2, 1))
  if (admission._tag !== "Execute") return assert.fail(admission._tag)
  table.record(admission, { answer: "1:a" })
  table.pass(execute(3, 2))
  const { encode } = yield* machine.snapshots!.capture
  return { bytes: joined(yield* Stream.runCollect(encode)), encode, machine, table }
})

const empty = Effect.fnUntraced(function* () {
  const table = new SessionTable<string>()
  const machine = withSessions(yield* remembering, table)
  return { machine, table, restore: machine.snapshots!.restore }
})

const inPieces = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, position) =>
    bytes.subarray(position * size, (position + 1) * size)
  )

describe("a snapshot with sessions", () => {
  it.effect("§7 is restored from pieces of any size, state and sessions", () =>
    Effect.gen(function* () {
      const { bytes } = yield* make()
      for (const size of [1, 7, 8, 44, 45, bytes.length - 1, bytes.length]) {
        const { machine, restore, table } = yield* empty()
        yield* restore(Stream.fromIterable(inPieces(bytes, size)))
        assert.strictEqual(table.size, 1)
        assert.deepStrictEqual(table.admit(execute(4, 1)), { _tag: "Answered", answer: { answer: "1:a" } })
        assert.deepStrictEqual(table.admit(execute(5, 2)), { _tag: "Answered", answer: undefined })
        const results = yield* machine.apply([
          { index: logIndex(6), term: entry(6, 1, "").term, time: 0, command: "b" }
        ])
        assert.deepStrictEqual(results, ["2:b"])
      }
    })
  )

  it.effect("§7 is that of the moment it was caught in, however late it is encoded", () =>
    Effect.gen(function* () {
      const { bytes, encode, table } = yield* make()
      table.admit(execute(4, 3))
      assert.deepStrictEqual(joined(yield* Stream.runCollect(encode)), bytes)
    })
  )

  it.effect("§7 that cannot be read to its end leaves the sessions as they were", () =>
    Effect.gen(function* () {
      const { bytes } = yield* make()
      const { restore, table } = yield* empty()
      const torn = Stream.concat(Stream.make(bytes.subarray(0, bytes.length - 1)), Stream.fail("unreadable"))
      assert.strictEqual(yield* Effect.flip(restore(torn)), "unreadable")
      assert.strictEqual(table.size, 0)
    })
  )

  it.effect("§7 is refused when it has no table of sessions, or half of one", () =>
    Effect.gen(function* () {
      const { bytes } = yield* make()
      for (const wrong of [bytes.subarray(0, 50), Uint8Array.of(2, ...bytes.subarray(1)), new Uint8Array()]) {
        const { restore, table } = yield* empty()
        assert.isTrue(Exit.hasDies(yield* Effect.exit(restore(Stream.make(wrong)))))
        assert.strictEqual(table.size, 0)
      }
    })
  )

  it.effect("a state machine without bytes stays one", () =>
    Effect.gen(function* () {
      const machine = yield* counting
      assert.strictEqual(withSessions(machine, new SessionTable()), machine)
    })
  )
})

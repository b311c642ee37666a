import { assert, describe, it } from "@effect/vitest"
import { encodeSessions } from "../../src/codec/sessionsCodec.ts"
import { logIndex } from "../../src/ids.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import { applySessionEntry } from "../../src/sessions/applySessionEntry.ts"
import type { SessionCommand, SessionLimits } from "../../src/sessions/sessionCommand.ts"
import * as Sessions from "../../src/sessions/sessions.ts"

type Table = Sessions.Sessions<Uint8Array>

const limits: SessionLimits = { sessionsMax: 3, answersMax: 4, silenceMillisMax: 100 }
const answer = Uint8Array.of(7)
const command = Uint8Array.of(1, 2)

const register = (changed: Partial<SessionLimits> = {}): SessionCommand => ({
  _tag: "Register",
  limits: { ...limits, ...changed }
})

const send = (clientId: number, sequence: number, firstUnacknowledged = 1): SessionCommand => ({
  _tag: "Execute",
  clientId: logIndex(clientId),
  sequence,
  firstUnacknowledged,
  command
})

const keepAlive = (clientId: number, firstUnacknowledged = 1): SessionCommand => ({
  _tag: "KeepAlive",
  clientId: logIndex(clientId),
  firstUnacknowledged
})

/** Entries from the index after the table's last one on, all of one time. */
const admitted = (table: Table, time: number, ...commands: ReadonlyArray<SessionCommand>) => {
  let next = table
  const admissions = commands.map((each) => {
    const [after, admission] = Sessions.admit(next, {
      index: logIndex(next.lastIndex + 1),
      time,
      command: each
    })
    next = after
    return admission
  })
  return { table: next, admissions, tags: admissions.map(({ _tag }) => _tag) }
}

const recorded = (table: Table, clientId: number, ...sequences: ReadonlyArray<number>): Table =>
  sequences.reduce(
    (next, sequence) => Sessions.recordAnswer(next, { clientId: logIndex(clientId), sequence }, answer),
    table
  )

/** Clients 1, 2 and 3, heard last in that order, at time 0. */
const three = admitted(Sessions.empty, 0, register(), register(), register()).table

const clients = (table: Table) => Sessions.all(table).map(({ clientId }) => clientId)

describe("§8 client sessions", () => {
  it("§8 a client is named by the index of the entry that registered it", () => {
    const [, admission] = Sessions.admit(three, { index: logIndex(17), time: 5, command: register() })
    assert.deepStrictEqual(admission, { _tag: "Registered", clientId: logIndex(17) })
  })

  it("§8 the first copy of a command is executed, and any other gets its answer", () => {
    const first = admitted(three, 1, send(1, 1))
    assert.deepStrictEqual(first.admissions, [
      { _tag: "Execute", clientId: logIndex(1), sequence: 1, command }
    ])
    const second = admitted(recorded(first.table, 1, 1), 2, send(1, 1), send(1, 1))
    assert.deepStrictEqual(second.admissions, [
      { _tag: "Answered", answer },
      { _tag: "Answered", answer }
    ])
  })

  it("§8 two clients' commands of one number are two commands", () => {
    assert.deepStrictEqual(admitted(three, 1, send(1, 1), send(2, 1)).tags, ["Execute", "Execute"])
  })

  it("§8 a copy that comes before the first is answered waits for that answer", () => {
    const { admissions, table } = admitted(three, 1, send(1, 1), send(1, 1))
    assert.deepStrictEqual(admissions[1], { _tag: "Executing", index: logIndex(4) })
    assert.deepStrictEqual(admitted(recorded(table, 1, 1), 1, send(1, 1)).tags, ["Answered"])
  })

  it("§8 commands may come in any order within what a client may have open", () => {
    const { table, tags } = admitted(three, 1, send(1, 4), send(1, 2), send(1, 3), send(1, 1))
    assert.deepStrictEqual(tags, ["Execute", "Execute", "Execute", "Execute"])
    const again = admitted(recorded(table, 1, 1, 2, 3, 4), 1, send(1, 2), send(1, 1), send(1, 4), send(1, 3))
    assert.deepStrictEqual(again.tags, ["Answered", "Answered", "Answered", "Answered"])
  })

  it("§8 what a client has acknowledged is forgotten, and never executed again", () => {
    const { table } = admitted(three, 1, send(1, 1), send(1, 2), send(1, 3))
    const after = admitted(recorded(table, 1, 1, 2, 3), 2, send(1, 4, 3), send(1, 1), send(1, 2), send(1, 3))
    assert.deepStrictEqual(after.tags, ["Execute", "Acknowledged", "Acknowledged", "Answered"])
    const [first] = Sessions.all(after.table)
    assert.deepStrictEqual(
      first?.slots.map(({ sequence }) => sequence),
      [3, 4]
    )
  })

  it("§8 an entry that comes late takes back nothing that was acknowledged", () => {
    const { tags } = admitted(three, 1, keepAlive(1, 3), keepAlive(1, 1), send(1, 2, 1))
    assert.deepStrictEqual(tags, ["KeptAlive", "KeptAlive", "Acknowledged"])
  })

  it("§8 no more answers are kept than allowed: who is further ahead has to acknowledge first", () => {
    const { admissions, table } = admitted(three, 1, send(1, 5), send(1, 4))
    assert.deepStrictEqual(admissions[0], { _tag: "TooManyUnacknowledged", firstUnacknowledged: 1 })
    assert.strictEqual(admissions[1]?._tag, "Execute")
    assert.deepStrictEqual(admitted(table, 1, send(1, 5, 2)).tags, ["Execute"])
  })

  it("§8 a session ends when its client was silent for longer than allowed, in log time", () => {
    assert.deepStrictEqual(admitted(three, 100, send(1, 1)).tags, ["Execute"])
    const { admissions, table } = admitted(three, 101, send(1, 1))
    assert.deepStrictEqual(admissions, [{ _tag: "SessionExpired", clientId: logIndex(1) }])
    assert.deepStrictEqual(clients(table), [])
  })

  it("§8 every entry of a client keeps its session, whatever comes of it", () => {
    for (const kept of [keepAlive(1), send(1, 9), send(1, 0), send(1, 1)]) {
      const { table } = admitted(three, 100, kept)
      assert.deepStrictEqual(clients(admitted(table, 101, register()).table), [1, 5])
    }
  })

  it("§8 an expired session is an error, never a second execution", () => {
    const executed = recorded(admitted(three, 1, send(1, 1)).table, 1, 1)
    assert.deepStrictEqual(admitted(executed, 200, send(1, 1), send(1, 2), keepAlive(1)).tags, [
      "SessionExpired",
      "SessionExpired",
      "SessionExpired"
    ])
  })

  it("§8 with too many sessions the one that was silent longest ends", () => {
    const { table } = admitted(three, 1, keepAlive(1), register())
    assert.deepStrictEqual(clients(table), [1, 3, 5])
    assert.deepStrictEqual(admitted(table, 1, send(2, 1), send(3, 1)).tags, ["SessionExpired", "Execute"])
  })

  it("§8 the limits are those of the last registration in the log", () => {
    const fewer = admitted(three, 1, register({ sessionsMax: 2, answersMax: 1, silenceMillisMax: 10 })).table
    assert.deepStrictEqual(clients(fewer), [3, 4])
    assert.deepStrictEqual(admitted(fewer, 1, send(3, 2)).tags, ["TooManyUnacknowledged"])
    assert.deepStrictEqual(admitted(fewer, 11, send(3, 1), send(4, 1)).tags, ["SessionExpired", "Execute"])
  })

  it("§8 a registration cannot bring back what its new limits would have let live", () => {
    const { table } = admitted(three, 101, register({ silenceMillisMax: 1000 }))
    assert.deepStrictEqual(clients(table), [4])
  })

  it("§8 a closed session is gone, and room for another", () => {
    const { table, tags } = admitted(
      three,
      1,
      { _tag: "Close", clientId: logIndex(2) },
      register(),
      send(2, 1)
    )
    assert.deepStrictEqual(tags, ["Closed", "Registered", "SessionExpired"])
    assert.deepStrictEqual(clients(table), [1, 3, 5])
  })

  it("§8 an answer finds no place when its session ended, or acknowledged it, in the same batch", () => {
    const closed = admitted(three, 1, send(1, 1), { _tag: "Close", clientId: logIndex(1) }).table
    assert.strictEqual(recorded(closed, 1, 1), closed)
    const acknowledged = admitted(three, 1, send(1, 1), keepAlive(1, 2)).table
    assert.strictEqual(recorded(acknowledged, 1, 1), acknowledged)
  })

  it("§8 the first answer stays, whatever is recorded later", () => {
    const executed = recorded(admitted(three, 1, send(1, 1)).table, 1, 1)
    const again = Sessions.recordAnswer(executed, { clientId: logIndex(1), sequence: 1 }, Uint8Array.of(8))
    assert.strictEqual(again, executed)
  })

  it("§8 tables of earlier entries stay as they were", () => {
    const before = recorded(admitted(three, 50, send(1, 1), send(1, 3), send(2, 1)).table, 1, 3)
    const copy = structuredClone(before)
    recorded(before, 1, 1)
    recorded(before, 2, 1)
    admitted(before, 60, send(1, 2), send(1, 4, 2), keepAlive(2, 3), register(), register())
    admitted(before, 200, { _tag: "Close", clientId: logIndex(1) }, register())
    assert.deepStrictEqual(before, copy)
  })
})

/** The table, last changed by entry 4 at time 9, is given another entry. */
const entry = (index: number, time: number) => () =>
  Sessions.admit(admitted(three, 9, keepAlive(1)).table, {
    index: logIndex(index),
    time,
    command: keepAlive(1)
  })

describe("a session table stops its server", () => {
  it("when an entry comes twice, or before an earlier one", () => {
    assert.throws(entry(4, 9), InvariantViolation)
    assert.throws(entry(3, 9), InvariantViolation)
    assert.doesNotThrow(entry(5, 9))
  })

  it("when log time falls", () => {
    assert.throws(entry(5, 8), InvariantViolation)
  })

  it("when it is written down while something is executed", () => {
    assert.throws(() => encodeSessions(admitted(three, 1, send(1, 1)).table), InvariantViolation)
  })

  it("when an entry is applied before the answer to the last is recorded", () => {
    const before = { state: 0, sessions: admitted(three, 1, send(1, 1)).table }
    assert.throws(
      () =>
        applySessionEntry(before, { index: logIndex(9), time: 1, command: send(1, 1) }, () => [0, answer]),
      InvariantViolation
    )
  })
})

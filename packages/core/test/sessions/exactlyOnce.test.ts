/**
 * Goal: S16. However often a command comes, it is executed at most once, every copy is told the first answer or
 * why there is none, and all servers hold the same table.
 *
 * Method: drawn logs full of retries, old copies, silences and too many sessions. One server applies entry by
 * entry; others take batches, and start again from a snapshot between them. A naive model says what must come out.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { decodeSessionCommand, encodeSessionCommand } from "../../src/codec/sessionCommandCodec.ts"
import { decodeSessions, encodeSessions } from "../../src/codec/sessionsCodec.ts"
import { applySessionEntry, type Replicated } from "../../src/sessions/applySessionEntry.ts"
import * as Sessions from "../../src/sessions/sessions.ts"
import { toHex } from "../codec/hex.ts"
import { answerTo, naiveRun } from "./naiveSessions.ts"
import { Deeds, sessionLog } from "./sessionLog.ts"

type Table = Sessions.Sessions<Uint8Array>
type Server = Replicated<ReadonlyArray<string>, Uint8Array>

const runs = { arbitrary: { runs: 1_000, size: 60 } }

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** The state machine: it remembers all that it was given, and answers with the place of it. */
const execute = (
  state: ReadonlyArray<string>,
  command: Uint8Array
): readonly [ReadonlyArray<string>, Uint8Array] => {
  const answer = answerTo(textOf(command), state.length)
  return [[...state, answer], bytesOf(answer)]
}

const outcomeText = (outcome: Sessions.Admission<Uint8Array>): string => {
  switch (outcome._tag) {
    case "Registered":
    case "SessionExpired":
      return `${outcome._tag} ${outcome.clientId}`
    case "Answered":
      return `${outcome._tag} ${textOf(outcome.answer)}`
    case "TooManyUnacknowledged":
      return `${outcome._tag} ${outcome.firstUnacknowledged}`
    case "KeptAlive":
    case "Closed":
    case "Acknowledged":
      return outcome._tag
    case "Execute":
    case "Executing":
      return assert.fail(`${outcome._tag} is no outcome`)
  }
}

interface Run {
  readonly server: Server
  readonly outcomes: ReadonlyArray<string>
}

const fresh: Server = { state: [], sessions: Sessions.empty }

/** A server that applies entry by entry. */
const oneByOne = (log: ReadonlyArray<Sessions.SessionEntry>): Run => {
  let server = fresh
  const outcomes = log.map((entry) => {
    const [after, outcome] = applySessionEntry(server, entry, execute)
    server = after
    return outcomeText(outcome)
  })
  return { server, outcomes }
}

/** The table as another server, or this one after a restart, gets it. */
const restored = (table: Table): Table => {
  const bytes = encodeSessions(table)
  // From the middle of a larger buffer, as it stands in a snapshot.
  const decoded = decodeSessions(Uint8Array.of(0xff, ...bytes, 0xff).subarray(1, bytes.length + 1))
  assert.deepStrictEqual(decoded, { _tag: "Ok", value: table })
  return decoded._tag === "Ok" ? decoded.value : table
}

/** A server that admits a batch, has all of it executed, and records the answers then; each batch starts from a snapshot. */
const inBatches = (log: ReadonlyArray<Sessions.SessionEntry>, sizes: ReadonlyArray<number>): Run => {
  let server = fresh
  const outcomes: Array<string> = []
  let start = 0
  for (let batch = 0; start < log.length; batch++) {
    const end = start + sizes[batch % sizes.length]!
    const [after, told] = applyBatch(server, log.slice(start, end))
    server = { state: after.state, sessions: restored(after.sessions) }
    outcomes.push(...told)
    start = end
  }
  return { server, outcomes }
}

const applyBatch = (
  { state, sessions }: Server,
  entries: ReadonlyArray<Sessions.SessionEntry>
): readonly [Server, ReadonlyArray<string>] => {
  let table = sessions
  const admissions = entries.map((entry) => {
    const [next, admission] = Sessions.admit(table, entry)
    table = next
    return admission
  })
  let machine = state
  const answers = new Map<number, Uint8Array>()
  for (const [position, admission] of admissions.entries()) {
    if (admission._tag !== "Execute") continue
    const [next, answer] = execute(machine, admission.command)
    machine = next
    answers.set(entries[position]!.index, answer)
    table = Sessions.recordAnswer(table, admission, answer)
  }
  const told = admissions.map((admission, position) => {
    const index = admission._tag === "Executing" ? admission.index : entries[position]!.index
    const answer = answers.get(index)
    return outcomeText(answer === undefined ? admission : { _tag: "Answered", answer })
  })
  return [{ state: machine, sessions: table }, told]
}

/** Entries as they come out of a log that was written and read. */
const throughLog = (log: ReadonlyArray<Sessions.SessionEntry>): ReadonlyArray<Sessions.SessionEntry> =>
  log.map(({ command, index, time }) => {
    const decoded = decodeSessionCommand(encodeSessionCommand(command))
    return decoded._tag === "Ok" ? { index, time, command: decoded.value } : assert.fail(decoded.text)
  })

const Sizes = Schema.Array(Schema.Literals([1, 2, 3, 5, 8, 13])).check(
  Schema.isMinLength(1),
  Schema.isMaxLength(4)
)

describe("§8 exactly once", () => {
  it.prop(
    "§8 a command is executed at most once, whatever comes how often, and its copies are told what the model says",
    { deeds: Deeds },
    ({ deeds }) => {
      const log = sessionLog(deeds)
      const { server, outcomes } = oneByOne(log)
      const executed = server.state.map((answer) => answer.split("#")[0])
      assert.strictEqual(new Set(executed).size, executed.length)
      assert.deepStrictEqual({ outcomes, executed: server.state }, naiveRun(log))
    },
    runs
  )

  it.prop(
    "§8 batches, restarts from snapshots and what a log does to entries change nothing: all servers are equal",
    { deeds: Deeds, sizes: Sizes },
    ({ deeds, sizes }) => {
      const log = sessionLog(deeds)
      const one = oneByOne(log)
      const other = inBatches(throughLog(log), sizes)
      assert.deepStrictEqual(other, one)
      assert.strictEqual(
        toHex(encodeSessions(other.server.sessions)),
        toHex(encodeSessions(one.server.sessions))
      )
    },
    runs
  )

  it("§8 such logs have everything in them that can happen to a command", () => {
    const sample = Arbitrary.sampleEffect(Arbitrary.schema(Deeds), { count: 300, size: 60, seed: "sessions" })
    const tally = new Map<string, number>()
    const count = (name: string, times: number) => tally.set(name, (tally.get(name) ?? 0) + times)
    for (const deeds of Effect.runSync(sample)) {
      const { outcomes, server } = oneByOne(sessionLog(deeds))
      for (const outcome of outcomes) count(outcome.split(" ")[0]!, 1)
      count("executions", server.state.length)
    }
    assert.isAbove(tally.get("Answered")! - tally.get("executions")!, 500)
    for (const name of [
      "Registered",
      "executions",
      "KeptAlive",
      "Closed",
      "SessionExpired",
      "Acknowledged",
      "TooManyUnacknowledged"
    ]) {
      assert.isAbove(tally.get(name) ?? 0, 100, name)
    }
  })
})

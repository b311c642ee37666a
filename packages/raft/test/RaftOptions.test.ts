import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { InvalidOptions, MemoryDisk, RaftOptions } from "../src/index.ts"
import { makeWire, startServer, transportOf } from "./support/servers.ts"

const refusal = Effect.fnUntraced(function* (from: {
  readonly id?: string
  readonly bootstrap?: ReadonlyArray<string>
  readonly options?: Partial<RaftOptions.RaftOptionsShape>
}) {
  const disk = MemoryDisk.make()
  const error = yield* Effect.flip(
    startServer({
      id: "s0",
      ...from,
      persister: MemoryDisk.persister(disk),
      transport: transportOf(yield* makeWire)
    })
  )
  assert.instanceOf(error, InvalidOptions)
  assert.isUndefined(disk.contents.snapshot, "nothing was written")
  return error
})

const ms = Duration.millis

describe("options", () => {
  const refused: ReadonlyArray<
    readonly [title: string, field: string, options: Partial<RaftOptions.RaftOptionsShape>]
  > = [
    [
      "a heartbeat as long as the shortest election timeout",
      "heartbeatInterval",
      { heartbeatInterval: ms(300) }
    ],
    ["a heartbeat longer than that", "heartbeatInterval", { heartbeatInterval: ms(301) }],
    ["an election timeout without a range", "electionTimeoutMax", { electionTimeoutMax: ms(300) }],
    ["a range that ends before it begins", "electionTimeoutMax", { electionTimeoutMax: ms(299) }],
    ["no time between heartbeats", "heartbeatInterval", { heartbeatInterval: Duration.zero }],
    ["an endless election timeout", "electionTimeoutMax", { electionTimeoutMax: Duration.infinity }],
    ["an endless shortest election timeout", "electionTimeoutMin", { electionTimeoutMin: Duration.infinity }],
    ["no patience with storage", "storageStallTimeout", { storageStallTimeout: Duration.zero }],
    ["endless patience with storage", "storageStallTimeout", { storageStallTimeout: Duration.infinity }],
    ["no time for a proposal", "proposalTimeout", { proposalTimeout: Duration.zero }],
    ["endless time for a proposal", "proposalTimeout", { proposalTimeout: Duration.infinity }],
    ["clocks that never differ", "clockDriftBound", { clockDriftBound: 0 }],
    ["clocks that differ without bound", "clockDriftBound", { clockDriftBound: Infinity }],
    ["a drift that is no number", "clockDriftBound", { clockDriftBound: NaN }],
    [
      "leases on followers that promise nothing",
      "clockDriftBound",
      { clockDriftBound: 0.01, checkQuorum: false }
    ],
    ["leases that end before the next heartbeat", "clockDriftBound", { clockDriftBound: 2 }],
    ["sessions that end at once", "sessionSilenceMax", { sessionSilenceMax: Duration.zero }],
    ["sessions that never end", "sessionSilenceMax", { sessionSilenceMax: Duration.infinity }],
    ["more sessions than the log can say", "sessionsMax", { sessionsMax: 2 ** 32 }],
    ["more answers than the log can say", "sessionAnswersMax", { sessionAnswersMax: 2 ** 32 }]
  ]

  it.effect.each(refused)("%s is refused, naming the field", ([, field, options]) =>
    Effect.gen(function* () {
      const error = yield* refusal({ bootstrap: ["s0"], options })
      assert.strictEqual(error.field, field)
      assert.include(error.message, field)
    })
  )

  const bounds = [
    "appendBytesMax",
    "inflightMessagesMax",
    "inflightBytesMax",
    "applyBytesMax",
    "uncommittedEntriesMax",
    "uncommittedBytesMax",
    "promotionLagEntriesMax",
    "memoryEntriesMax",
    "snapshotEntriesMax",
    "snapshotBytesMax",
    "chunkBytesMax",
    "inflightChunksMax"
  ] as const

  /** What the server itself goes by, not its reducer. */
  const sessionBounds = ["sessionsMax", "sessionAnswersMax"] as const

  it.effect.each([...bounds, ...sessionBounds])("%s must be a whole number of at least 1", (field) =>
    Effect.gen(function* () {
      for (const value of [0, -1, 1.5, Number.NaN, Infinity]) {
        const error = yield* refusal({ bootstrap: ["s0"], options: { [field]: value } })
        assert.strictEqual(error.field, field)
      }
    })
  )

  it.effect("the bounds of the list above are all there are, and 1 fits each", () =>
    Effect.gen(function* () {
      const numeric = Object.entries(RaftOptions.defaultRaftOptions).flatMap(([field, value]) =>
        typeof value === "number" ? [field] : []
      )
      assert.sameMembers(numeric, [...bounds, ...sessionBounds, "trailingEntries"])
      const ones = Object.fromEntries(bounds.map((field) => [field, 1]))
      const options = yield* RaftOptions.toServerOptions({ ...RaftOptions.defaultRaftOptions, ...ones })
      for (const field of bounds) assert.strictEqual(options[field], 1)
    })
  )

  it.effect("no trailing entries is a choice, and fewer are none", () =>
    Effect.gen(function* () {
      const none = { ...RaftOptions.defaultRaftOptions, trailingEntries: 0 }
      assert.strictEqual((yield* RaftOptions.toServerOptions(none)).trailingEntries, 0)
      for (const trailingEntries of [-1, 0.5, Number.NaN, Infinity]) {
        const error = yield* refusal({ bootstrap: ["s0"], options: { trailingEntries } })
        assert.strictEqual(error.field, "trailingEntries")
      }
    })
  )

  it.effect("a layer changes the options it names and leaves the others", () =>
    Effect.gen(function* () {
      const options = yield* RaftOptions.RaftOptions
      assert.deepStrictEqual(options, { ...RaftOptions.defaultRaftOptions, memoryEntriesMax: 16 })
    }).pipe(Effect.provide(RaftOptions.layer({ memoryEntriesMax: 16 })))
  )
})

describe("who a server is", () => {
  const refused: ReadonlyArray<
    readonly [
      title: string,
      text: string,
      from: { readonly id?: string; readonly bootstrap?: ReadonlyArray<string> }
    ]
  > = [
    ["an empty id", 'id: "" is not', { id: "" }],
    ["an id with a blank", 'id: "s 0" is not', { id: "s 0" }],
    ["an id that could leave a folder", 'id: "../s0" is not', { id: "../s0" }],
    ["an id of 65 characters", "is not 1 to 64 characters", { id: "s".repeat(65) }],
    ["a cluster of nobody", "bootstrap: a cluster has at least one server", { bootstrap: [] }],
    ["a cluster without the server itself", "bootstrap: own id s0 is missing", { bootstrap: ["s1", "s2"] }],
    ["a server listed twice", "bootstrap: s1 is listed twice", { bootstrap: ["s0", "s1", "s1"] }],
    ["a peer that cannot be a name", 'bootstrap: "s/1" is not', { bootstrap: ["s0", "s/1"] }]
  ]

  it.effect.each(refused)("%s is refused, naming field and reason", ([, text, from]) =>
    Effect.gen(function* () {
      assert.include((yield* refusal(from)).message, text)
    })
  )

  it.effect("an id of 64 characters of every allowed kind is taken", () =>
    Effect.gen(function* () {
      const id = `${"aZ09._-".repeat(9)}x`
      const { server } = yield* startServer({
        id,
        bootstrap: [id],
        persister: MemoryDisk.persister(MemoryDisk.make()),
        transport: transportOf(yield* makeWire)
      })
      assert.strictEqual(server.id, id)
    })
  )
})

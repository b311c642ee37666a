import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  failureLines,
  type LabClock,
  type LabOptions,
  type LabResult,
  type LabTest,
  mit,
  profiles,
  runLabTest,
  snapshotTests,
  type TraceEvent
} from "../../src/index.ts"
import { indicesBeginAtTwo } from "./badServers.ts"
import * as Bad from "./badSnapshots.ts"

const timeout = 60_000

const named = (name: string): LabTest => {
  const test = snapshotTests.find((candidate) => candidate.name === name)
  if (test === undefined) throw new Error(`part 2D has no test ${name}`)
  return test
}

const run = (test: LabTest, options: Partial<LabOptions>, clock: LabClock = "virtual"): Promise<LabResult> =>
  Effect.runPromise(runLabTest(test, clock, { profile: mit, seed: 1, ...options }))

/** Nothing for a test that passed. */
const complaints = (result: LabResult): ReadonlyArray<string> => (result.ok ? [] : failureLines(result))

describe.each(["mit", "bu"] as const)("part 2D, profile %s", (profile) => {
  it.each(snapshotTests)("$name", { timeout }, async (test) => {
    for (const seed of [1, 2, 3]) {
      assert.deepStrictEqual(complaints(await run(test, { profile: profiles[profile], seed })), [])
    }
  })
})

describe("part 2D", () => {
  it("is 14 tests with names of their own, five of them in two editions", () => {
    assert.lengthOf(snapshotTests, 14)
    assert.strictEqual(new Set(snapshotTests.map(({ name }) => name)).size, 14)
    assert.lengthOf(
      snapshotTests.filter(({ name }) => name.endsWith(", 2021")),
      5
    )
  })

  it.each(snapshotTests)("$name, under TestClock", { timeout }, async (test) => {
    assert.deepStrictEqual(complaints(await run(test, { seed: 4 }, "test")), [])
  })

  it.each(snapshotTests.filter(({ name }) => name.startsWith("install snapshots")))(
    "$name: running servers take in snapshots of others",
    { timeout },
    async (test) => {
      const events: Array<TraceEvent> = []
      await run(test, { onEvent: (event) => events.push(event) })
      assert.isAtLeast(installs(events), 10)
    }
  )
})

/** Snapshots that came from another server: not those that a life begins with. */
const installs = (events: ReadonlyArray<TraceEvent>): number => {
  const hasBegun = new Set<number>()
  let count = 0
  for (const event of events) {
    if (event.event === "Started") hasBegun.delete(event.server)
    if (event.event !== "Restored" && event.event !== "Applied") continue
    if (event.event === "Restored" && hasBegun.has(event.server)) count++
    hasBegun.add(event.server)
  }
  return count
}

/** What is wrong with the servers, the tests that must notice, and what they must say. */
const defects: ReadonlyArray<
  readonly [
    defect: string,
    options: () => Partial<LabOptions>,
    catches: ReadonlyArray<readonly [test: string, assertion: RegExp]>
  ]
> = [
  [
    "logs are never compacted",
    () => ({ makeServer: Bad.logsAreNeverCompacted }),
    [
      ["snapshots basic", /the log is too large: \d+ bytes, allowed less than 2000/],
      ["snapshots basic, 2021", /the log is too large/]
    ]
  ],
  [
    "snapshots are not restored",
    () => ({ makeServer: Bad.snapshotsAreNotRestored }),
    [
      ["install snapshots (disconnect)", /out of order/],
      ["install snapshots (crash)", /out of order/],
      ["install snapshots (disconnect), 2021", /out of order/],
      ["crash and restart all servers", /out of order/]
    ]
  ],
  [
    "the first entry is applied again after a snapshot",
    () => ({ makeServer: Bad.firstEntryIsAppliedAgain }),
    [
      ["install snapshots (disconnect)", /applied index 1 out of order/],
      ["install snapshots (crash)", /applied index 1 out of order/],
      ["snapshot initialization after crash", /applied index 1 out of order/]
    ]
  ],
  [
    "snapshots are stale",
    () => ({ makeServer: Bad.snapshotsAreStale }),
    [
      ["install snapshots (disconnect)", /apply error: server \d went back to a snapshot at index/],
      ["install snapshots (crash), 2021", /a snapshot at index \d+ holds the state at index \d+/]
    ]
  ],
  [
    "snapshots hold other commands",
    () => ({ makeServer: Bad.snapshotsHoldOtherCommands }),
    [
      ["install snapshots (disconnect)", /apply error: commit index \d+: server 1 applied 7/],
      ["crash and restart all servers", /apply error: commit index \d+: server 1 applied 7/]
    ]
  ],
  [
    "only snapshots survive a crash",
    () => ({ storage: Bad.onlySnapshotsSurvive }),
    [["crash and restart all servers", /index decreased from \d+ to \d+/]]
  ],
  [
    "snapshots are emptied by a crash",
    () => ({ storage: Bad.snapshotsAreEmptied }),
    [["snapshot initialization after crash", /Expected a valid JSON string/]]
  ],
  [
    "leaders do not wait for a majority",
    () => ({ makeServer: Bad.leadersDoNotWait }),
    [
      ["test progressive failure of followers", /1 servers committed index 4, but there is no majority/],
      ["test failure of leaders", /1 servers committed index 4, but there is no majority/]
    ]
  ],
  [
    "the last command is refused",
    () => ({ makeServer: Bad.lastCommandIsRefused }),
    [["test progressive failure of followers", /leader rejected start/]]
  ],
  [
    "a visible no-op comes first",
    () => ({ makeServer: indicesBeginAtTwo, profile: profiles.bu }),
    [["test progressive failure of followers", /expected index 4, got 5/]]
  ]
]

describe.each(defects)("part 2D catches it when %s", { timeout }, (_, options, catches) => {
  it.each(catches)("in %s", async (name, assertion) => {
    const result = await run(named(name), options())
    assert.isFalse(result.ok)
    assert.match(result.failure?.assertion ?? "", assertion)
  })
})

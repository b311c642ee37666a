import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  bu,
  type LabClock,
  labFailure,
  type LabOptions,
  type LabResult,
  type LabTest,
  labTests,
  mit,
  runLabTest
} from "../../src/index.ts"
import * as Bad from "./badServers.ts"

const timeout = 60_000

const named = (name: string): LabTest => {
  const test = labTests.find((candidate) => candidate.name === name)
  if (test === undefined) throw new Error(`the suite has no test ${name}`)
  return test
}

const run = (test: LabTest, options: Partial<LabOptions>, clock: LabClock = "virtual"): Promise<LabResult> =>
  Effect.runPromise(runLabTest(test, clock, { profile: mit, seed: 1, ...options }))

/** What is wrong with the servers, the tests that must notice, and what they must say. */
const defects: ReadonlyArray<
  readonly [
    defect: string,
    options: () => Partial<LabOptions>,
    catches: ReadonlyArray<readonly [test: string, assertion: RegExp]>
  ]
> = [
  [
    "every vote is lost",
    () => ({ makeServer: Bad.votesAreLost }),
    [
      ["initial election", /expected one leader, got none/],
      ["multiple elections", /expected one leader, got none/],
      ["basic agreement", /failed to reach agreement/]
    ]
  ],
  [
    "leaders never step down",
    () => ({ makeServer: Bad.leadersNeverStepDown }),
    [
      ["election after network failure", /has 2 leaders|expected no leader/],
      ["multiple elections", /has \d leaders/]
    ]
  ],
  [
    "no entry ever reaches server 0",
    () => ({ makeServer: Bad.oneServerGetsNoEntries }),
    [
      ["basic agreement", /one\(100\) failed to reach agreement on 3 servers/],
      ["agreement despite follower disconnection", /failed to reach agreement/],
      ["leader backs up quickly over incorrect follower logs", /failed to reach agreement on 5 servers/],
      ["unreliable agreement", /one\(100\) failed to reach agreement on 5 servers/],
      ["Figure 8", /failed to reach agreement on 5 servers/],
      ["Figure 8 (unreliable)", /failed to reach agreement on 5 servers/]
    ]
  ],
  [
    "nothing is acknowledged",
    () => ({ makeServer: Bad.nothingIsAcknowledged }),
    [
      ["rejoin of partitioned leader", /failed to reach agreement/],
      ["concurrent Start()s", /only 0 decided for index/]
    ]
  ],
  [
    "entries are sent three times",
    () => ({ makeServer: Bad.entriesAreSentThrice }),
    [["RPC byte count", /too many RPC bytes: got \d+, allowed 200000/]]
  ],
  [
    "entries are sent 25 times",
    () => ({ makeServer: Bad.entriesAreSentOften }),
    [["RPC counts aren't too high", /too many RPCs \(\d+\) for 10 entries/]]
  ],
  [
    "requests are sent 20 times",
    () => ({ makeServer: Bad.requestsAreSentOften }),
    [["RPC counts aren't too high", /RPCs \(\d+\) to elect the initial leader/]]
  ],
  [
    "votes are asked for without end",
    () => ({ makeServer: Bad.votesAreAskedForWithoutEnd }),
    [["unreliable agreement", /more than 100000 calls are under way at once/]]
  ],
  [
    "heartbeats are frequent",
    () => ({ makeServer: Bad.heartbeatsAreFrequent }),
    [["RPC counts aren't too high", /too many RPCs \(\d+\) for one second of idleness/]]
  ],
  [
    "entries travel alone",
    () => ({ makeServer: Bad.entriesTravelAlone }),
    [["RPC counts aren't too high", /a burst of 12 starts cost \d+ handled requests; at most 10/]]
  ],
  [
    "everybody applies what one server accepts, majority or not",
    () => ({ makeServer: Bad.telepathicServers() }),
    [
      [
        "no agreement if too many followers disconnect",
        /servers committed index 2, but there is no majority/
      ],
      ["RPC counts aren't too high", /too many or few RPCs \(0\)/]
    ]
  ],
  [
    "one server applies other commands",
    () => ({ makeServer: Bad.oneServerAppliesOtherCommands }),
    [
      ["basic agreement", /apply error: commit index 3/],
      ["churn", /apply error: commit index \d+/],
      ["unreliable churn", /apply error: commit index \d+/]
    ]
  ],
  [
    "one entry is never applied",
    () => ({ makeServer: Bad.oneEntryIsNeverApplied }),
    [
      ["agreement despite follower disconnection", /out of order|failed to reach agreement/],
      ["churn", /out of order/]
    ]
  ],
  [
    "a visible no-op comes first",
    () => ({ makeServer: Bad.indicesBeginAtTwo, profile: bu }),
    [["basic agreement", /got index 2 but expected 1/]]
  ],
  [
    "some commands are replaced by others",
    () => ({ makeServer: Bad.someCommandsAreReplaced }),
    [
      ["concurrent Start()s", /command 10\d missing in/],
      ["RPC counts aren't too high", /wrong value -\d+ committed for index/]
    ]
  ],
  [
    "storage is empty after every crash",
    () => ({ storage: Bad.forgetfulStorage }),
    [
      ["basic persistence", /apply error: commit index 1/],
      ["partitioned leader and one follower crash, leader restarts", /apply error: commit index/]
    ]
  ],
  [
    "storage loses entries",
    () => ({ storage: Bad.entrylessStorage }),
    [
      ["basic persistence", /apply error/],
      ["more persistence", /apply error|failed to reach agreement/]
    ]
  ],
  [
    "one server never pauses",
    () => ({ makeServer: Bad.oneServerNeverPauses }),
    [["basic agreement", /livelock at .* more than 100000 scheduler tasks/]]
  ],
  [
    "one server dies",
    () => ({ makeServer: Bad.oneServerDies }),
    [["initial election", /server 0 stopped by itself: .*LogMatching/]]
  ]
]

describe.each(defects)("the suite catches it when %s", { timeout }, (_, options, catches) => {
  it.each(catches)("in %s", async (name, assertion) => {
    const result = await run(named(name), options())
    assert.isFalse(result.ok)
    assert.match(result.failure?.assertion ?? "", assertion)
  })
})

describe("a failure", { timeout }, () => {
  it("of the rules for applied entries shows what every server applied", async () => {
    const { failure } = await run(named("basic agreement"), { makeServer: Bad.oneServerAppliesOtherCommands })
    assert.lengthOf(failure?.history ?? [], 3)
    assert.match(failure?.history.join("\n") ?? "", /server 1 applied .*: 1=100 2=200/)
  })

  it("repeats with its seed, to the same trace hash", async () => {
    const options = { makeServer: Bad.oneServerAppliesOtherCommands, seed: 7 }
    const first = await run(named("unreliable churn"), options)
    const second = await run(named("unreliable churn"), options)
    assert.isFalse(first.ok)
    assert.deepStrictEqual(
      [second.traceHash, second.failure?.message],
      [first.traceHash, first.failure?.message]
    )
  })

  it("is a livelock under TestClock too", async () => {
    const result = await run(named("basic agreement"), { makeServer: Bad.oneServerNeverPauses }, "test")
    assert.match(result.failure?.assertion ?? "", /livelock at .* more than 100000 scheduler tasks/)
  })

  it.each(["virtual", "test"] as const)("is a test that never ends, on the %s clock", async (clock) => {
    const test: LabTest = { ...named("initial election"), run: () => Effect.never }
    const result = await run(test, {}, clock)
    assert.match(result.failure?.assertion ?? "", /did not end within 600 s/)
  })

  it("is a test that takes longer than 120 s", async () => {
    const test: LabTest = { ...named("initial election"), run: () => Effect.sleep(120_001) }
    assert.match((await run(test, { profile: bu })).failure?.assertion ?? "", /took longer than 120 seconds/)
  })

  it("is a defect in a test", async () => {
    const test: LabTest = { ...named("initial election"), run: () => Effect.die(new Error("oops")) }
    assert.match((await run(test, {})).failure?.assertion ?? "", /oops/)
  })

  it("is the assertion of a test", async () => {
    const test: LabTest = { ...named("initial election"), run: () => Effect.fail(labFailure("not so")) }
    const result = await run(test, { seed: 5 })
    assert.deepStrictEqual([result.ok, result.seed, result.failure?.message], [false, 5, "not so"])
  })
})

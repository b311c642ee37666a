import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { kvTests, passedLine, resultJson } from "../../src/index.ts"
import { appended, appendsProblem } from "../../src/lab/kv/appends.ts"
import { historyProblem, type KvRecord } from "../../src/lab/kv/kvHistory.ts"
import * as Bad from "./badKv.ts"
import { honest, kvTestOn, runKvTest as run, type TestMap } from "./testMap.ts"

const timeout = 120_000

describe("part kv", () => {
  const tests = kvTests(honest)

  it("is 23 tests with names of their own, 14 without snapshots and 9 with them", () => {
    assert.lengthOf(tests, 23)
    assert.strictEqual(new Set(tests.map(({ name }) => name)).size, 23)
    assert.deepStrictEqual(
      ["(3A)", "(3B)"].map((part) => tests.filter(({ name }) => name.endsWith(part)).length),
      [14, 9]
    )
  })

  it("prints seconds, servers, RPCs and operations", { timeout }, async () => {
    const result = await run(kvTestOn(honest, "concurrent append to same key, unreliable (3A)"))
    assert.strictEqual(result.operations, 52)
    assert.match(passedLine(result), /^ {2}\.\.\. Passed -- {2}[ \d]+\.\d {2}3 [ \d]{5} {3}52$/)
    assert.deepInclude(JSON.parse(resultJson(result)) as object, { part: "kv", ok: true, operations: 52 })
  })

  it("has a server that was away sent a snapshot", { timeout }, async () => {
    let restored = 0
    const service: TestMap = {
      ...honest,
      stateMachine: Effect.map(honest.stateMachine, ({ snapshots, ...machine }) => ({
        ...machine,
        snapshots: {
          ...snapshots!,
          restore: (bytes) => Effect.tap(snapshots!.restore(bytes), () => Effect.sync(() => restored++))
        }
      }))
    }
    // Nothing crashes in this test: what is restored came from another server.
    assert.isTrue((await run(kvTestOn(service, "InstallSnapshot RPC (3B)"))).ok)
    assert.isAtLeast(restored, 1)
  })

  it("is the same run from the same seed", { timeout }, async () => {
    const test = kvTestOn(honest, "unreliable net, restarts, partitions, snapshots, many clients (3B)")
    const [first, second, other] = [await run(test, 5), await run(test, 5), await run(test, 6)]
    assert.strictEqual(second.traceHash, first.traceHash)
    assert.notStrictEqual(other.traceHash, first.traceHash)
  })
})

const valueOf = (...appends: ReadonlyArray<readonly [client: number, number: number]>) =>
  appends.map(([client, number]) => appended(client, number)).join("")

describe("what clients appended to one key", () => {
  const counts = new Map([
    [0, 2],
    [1, 1]
  ])

  it("is there once, in the order of each client", () => {
    assert.isUndefined(appendsProblem(valueOf([0, 0], [1, 0], [0, 1]), counts))
    assert.isUndefined(appendsProblem("", new Map()))
  })

  it.each([
    ["is missing", valueOf([0, 0], [1, 0]), /client 0: "x 0 1 y" is missing in "x 0 0 yx 1 0 y"/],
    ["is there twice", valueOf([0, 0], [1, 0], [0, 1], [0, 0]), /client 0: "x 0 0 y" is there twice/],
    ["is in the wrong place", valueOf([0, 1], [1, 0], [0, 0]), /client 0: "x 0 1 y" is in the wrong place/]
  ])("or one %s", (_, held, problem) => {
    assert.match(appendsProblem(held, counts)?.message ?? "", problem)
  })
})

const record = (
  client: number,
  call: number,
  operation: KvRecord["operation"],
  result: string | null
): KvRecord => ({
  client,
  operation,
  call,
  return: call + 10,
  status: "ok",
  result
})

describe("what clerks saw", () => {
  const history = [
    record(0, 0, { op: "put", key: "k", value: "1" }, null),
    record(1, 5, { op: "append", key: "k", value: "2" }, null),
    record(2, 20, { op: "get", key: "k" }, "12")
  ]

  it("is explained by some order", () => {
    assert.isUndefined(historyProblem(history))
    assert.isUndefined(historyProblem([record(0, 0, { op: "get", key: "k" }, "")]))
  })

  it("or by none: then the operation without a place is named", () => {
    const problem = historyProblem([...history, record(2, 40, { op: "get", key: "k" }, "1")])
    assert.strictEqual(problem?.message, "the history of key k, 4 operations, is not linearizable")
    assert.match(problem?.picture ?? "", /^<!doctype html>/)
    assert.match(problem?.history.join() ?? "", /no order explains \{"client":2,.*"call":40/)
  })

  it("is a failure when the search was not finished", () => {
    assert.match(
      historyProblem(history, { statesMax: 1 })?.message ?? "",
      /was not decided within 1 states \(keys k\)/
    )
  })
})

describe("part kv catches it when", { timeout }, () => {
  it.each([
    ["appends are lost", Bad.appendsAreLost, /client 0 got a wrong value|"x 0 7 y" is missing/],
    ["one append is lost", Bad.oneAppendIsLost, /client 2: "x 2 7 y" is missing/],
    ["retries are executed", Bad.retriesAreExecuted, /is there twice/],
    ["reads are stale", Bad.readsAreStale, /the history of key \d+, \d+ operations, is not linearizable/],
    ["messages are slow", Bad.messagesAreSlow, /completed too slowly: \d+\.\d ms each, allowed 33\.3/],
    ["a minority takes a write", Bad.minorityWrites, /a put in the minority completed/],
    ["a minority answers a read", Bad.minorityReads, /a get in the minority completed/],
    ["a minority's put never ends", Bad.minorityWriteHangs, /a put did not complete after the partition/],
    ["a minority's get never ends", Bad.minorityReadHangs, /a get did not complete after the partition/],
    ["a minority's write is acknowledged and lost", Bad.minorityLies, /get "1": expected 15, received 16/],
    ["sessions are forgotten", Bad.sessionsAreForgotten, /a clerk was refused: session 1 has ended/],
    [
      "answers are mixed up",
      Bad.answersAreMixedUp,
      /a clerk was answered \{"_tag":"Registered","session":30\}/
    ],
    ["logs are never compacted", Bad.logsAreNeverCompacted, /logs were not trimmed: \d+ bytes, allowed 8000/],
    ["snapshots are taken", Bad.snapshotsAreTaken, /a snapshot of \d+ bytes, but none should be taken/],
    ["nothing is forgotten", Bad.nothingIsForgotten, /snapshot too large: \d+ bytes, allowed 500/],
    ["snapshots are not restored", Bad.snapshotsAreNotRestored, /got a wrong value|"x 0 0 y" is missing/]
  ] as const)("%s", async (_, test, assertion) => {
    const result = await run(test())
    assert.isFalse(result.ok)
    assert.match(result.failure?.assertion ?? "", assertion)
  })
})

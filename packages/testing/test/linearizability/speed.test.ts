import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  checkLinearizability,
  keyValueModel,
  readHistory,
  SeededRandom,
  writeHistory
} from "../../src/index.ts"
import { type KeyValueHistoryOperation, withStaleRead, type Workload, workload } from "./workload.ts"

const base: Workload = {
  operations: 100_000,
  clients: 50,
  keys: 100,
  unknownPerMille: 20,
  gets: 5,
  cas: 1,
  appends: 0
}

const timed = <A>(run: () => A) => {
  const start = performance.now()
  const value = run()
  return { value, seconds: (performance.now() - start) / 1000 }
}

const check = (history: ReadonlyArray<KeyValueHistoryOperation>) =>
  timed(() => Result.getOrThrow(checkLinearizability(keyValueModel(), history)))

/** Ten times what an idle machine needs. */
const secondsMax = 10
const testTimeoutMillis = 60_000

describe("the speed of checkLinearizability", () => {
  // The states are counted too: unlike seconds they are the same on every machine.
  it.each([
    ["10 clients", { clients: 10 }, 110_000],
    ["50 clients", {}, 125_000],
    ["50 clients, one answer in ten unknown", { unknownPerMille: 100 }, 160_000],
    ["50 clients that append too", { appends: 1 }, 150_000]
  ] satisfies ReadonlyArray<[string, Partial<Workload>, number]>)(
    "100,000 operations on 100 keys are decided within seconds: %s",
    (name, change, statesMax) => {
      const good = workload({ ...base, ...change }, new SeededRandom(1))
      const legal = check(good)
      assert.strictEqual(legal.value._tag, "Linearizable")
      assert.isAtMost(legal.value.states, statesMax)
      assert.isBelow(legal.seconds, secondsMax)

      // The last key's last read: all that came before has to be gone through.
      const bad = withStaleRead(good, 95_000)
      const illegal = check(bad)
      assert.strictEqual(illegal.value._tag, "Illegal")
      assert.isBelow(illegal.seconds, secondsMax)
      console.log(
        `100 keys, ${name}: ${legal.seconds.toFixed(2)} s good, ${illegal.seconds.toFixed(2)} s bad`
      )
    },
    testTimeoutMillis
  )

  // Everything meets everything here: many orders are possible, and many answers never came.
  it.each([
    ["20 clients", { clients: 20 }],
    ["10 clients, one answer in ten unknown", { clients: 10, unknownPerMille: 100 }],
    [
      "10 clients that append, one answer in twenty unknown",
      { clients: 10, cas: 0, appends: 3, unknownPerMille: 50 }
    ]
  ] satisfies ReadonlyArray<[string, Partial<Workload>]>)(
    "2,000 operations on a single key are decided within seconds: %s",
    (name, change) => {
      const good = workload({ ...base, operations: 2_000, keys: 1, ...change }, new SeededRandom(2))
      const legal = check(good)
      assert.strictEqual(legal.value._tag, "Linearizable")
      assert.isBelow(legal.seconds, secondsMax)
      const illegal = check(withStaleRead(good, 1_500))
      assert.strictEqual(illegal.value._tag, "Illegal")
      assert.isBelow(illegal.seconds, secondsMax)
      console.log(
        `single key, ${name}: ${legal.seconds.toFixed(2)} s good, ${illegal.seconds.toFixed(2)} s bad`
      )
    },
    testTimeoutMillis
  )

  it(
    "100,000 lines are written and read within seconds",
    () => {
      const history = workload(base, new SeededRandom(3))
      const { seconds, value } = timed(() => Result.getOrThrow(readHistory(writeHistory(history))))
      assert.deepStrictEqual(value, history)
      assert.isBelow(seconds, secondsMax)
      console.log(`100,000 lines: ${seconds.toFixed(2)} s`)
    },
    testTimeoutMillis
  )
})

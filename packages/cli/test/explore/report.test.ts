import { assert, describe, it } from "vitest"
import { type Exploration, explore, libraryReducer } from "@effect-raft/testing"
import { jsonReport, linesReport } from "../../src/explore/report.ts"

/** Nobody may lead: the shortest way to a leader is then a counterexample. */
const withoutLeaders = (): Exploration =>
  explore({
    bounds: { servers: 1 },
    reducer: {
      restart: libraryReducer.restart,
      step: (server, event) => {
        const transition = libraryReducer.step(server, event)
        if (transition[0].role._tag === "Leader") throw new Error("somebody leads")
        return transition
      }
    }
  })

const lines = (text: string) => text.split("\n").slice(0, -1)

describe("the report of a violation", () => {
  it("tells the steps, and names the property in the last line", () => {
    const printed = lines(linesReport(withoutLeaders(), 2))
    assert.strictEqual(printed[0], "the reducer is total: Error: somebody leads does not hold after 2 steps:")
    assert.strictEqual(
      printed.at(-1),
      "4 distinct states, depth 2, 2 states/s, the reducer is total: Error: somebody leads violated"
    )
  })

  it("is one JSON object a step as JSON, then what was violated, then the result", () => {
    const records = lines(jsonReport(withoutLeaders(), 2)).map((line) => JSON.parse(line) as object)
    assert.lengthOf(records, 4)
    assert.deepInclude(records[0], { step: 1, server: "A", action: "Wait", until: "Election" })
    assert.deepInclude(records[3], { states: 4, ending: "Violation" })
  })
})

/**
 * Clocks: bugs that ask a clock which other servers do not share.
 */
import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { proposeSession } from "./support/clients.ts"
import { bytesOf } from "./support/notation.ts"
import { Stage } from "./support/Stage.ts"

const hour = 3_600_000

describe("whose clock ends a session", () => {
  const clientId = logIndex(1)
  const execute = (sequence: number, text: string) => ({
    _tag: "Execute" as const,
    clientId,
    sequence,
    firstUnacknowledged: 1,
    command: bytesOf(text)
  })

  it("B49: a session ends by the log's own time: clocks that jump end it nowhere, or everywhere at one entry", () => {
    const stage = new Stage({ voters: "ABC" })
    const limits = { sessionsMax: 10, answersMax: 10, silenceMillisMax: 1_000 }
    stage.elect("A")
    proposeSession(stage, "A", { _tag: "Register", limits })
    proposeSession(stage, "A", execute(1, "x"))
    stage.exchange()

    // C's clock runs away, and B's does before it is elected: for the log, no time has passed.
    stage.seat("C").clock += 5 * hour
    stage.seat("B").clock += hour
    stage.elect("B", "BC")
    proposeSession(stage, "B", execute(2, "y"))
    proposeSession(stage, "B", execute(2, "y"))
    stage.exchange("BC")
    stage.wait("B", 1_001)
    proposeSession(stage, "B", execute(3, "z"))
    stage.wait("B", 100)
    stage.exchange()

    // A applies all of it at once, hours later by its own clock.
    stage.crash("A")
    stage.seat("A").clock += 9 * hour
    stage.restart("A")
    stage.wait("B", 100)
    stage.exchange()
    const expected = {
      commands: ["x", "y"],
      outcomes: ["Registered", "Answered 1", "Answered 2", "Answered 2", "SessionExpired"]
    }
    for (const id of "ABC") {
      const { commands, outcomes } = stage.seat(id).machine
      assert.deepStrictEqual({ commands, outcomes }, expected, id)
    }
  })
})

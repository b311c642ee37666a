import { logIndex, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Result } from "effect"
import type { Life } from "../../src/driver/life.ts"
import { start } from "../../src/driver/propose.ts"
import type { Workplace } from "../../src/driver/workplace.ts"
import { Wake } from "../../src/driver/Wake.ts"
import type { StorageFailed } from "../../src/index.ts"

const life: Life = { ended: () => undefined, stopped: Effect.never }

/** A place whose driver steps a command like this. */
const placeWith = (step: Workplace["driver"]["start"]) => {
  const broken = Deferred.makeUnsafe<never, StorageFailed>()
  const driver = { start: step, server: { currentTerm: term(4) } }
  return { broken, place: { broken, driver, server: "s0", wake: new Wake() } as unknown as Workplace }
}

const command = Result.succeed(new Uint8Array())

describe("start, which steps the reducer outside the loop", () => {
  it.effect("a reducer that throws there breaks the server as it would in a turn", () =>
    Effect.gen(function* () {
      const { broken, place } = placeWith(() => {
        throw new Error("LogMatching")
      })
      assert.isTrue(Exit.hasDies(yield* Effect.exit(start(place, life, command))))
      const exit = yield* Effect.exit(Deferred.await(broken))
      assert.isTrue(Exit.hasDies(exit))
      assert.include(String(exit), "LogMatching")
    })
  )

  it.effect("a command that was appended wakes the loop for what there is to write and send", () =>
    Effect.gen(function* () {
      const { place } = placeWith(() => ({ _tag: "Appended", id: 1, index: logIndex(9), term: term(4) }))
      yield* place.wake.take
      assert.deepStrictEqual(yield* start(place, life, command), {
        index: logIndex(9),
        term: term(4),
        isLeader: true
      })
      yield* place.wake.take
    })
  )
})

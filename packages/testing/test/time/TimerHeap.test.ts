import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { TimerHeap } from "../../src/time/TimerHeap.ts"

const Step = Schema.Struct({
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
  isCancelled: Schema.Boolean
})

describe("TimerHeap", () => {
  it.prop(
    "gives what was not cancelled, by time and then by age",
    { steps: Schema.Array(Step) },
    ({ steps }) => {
      const heap = new TimerHeap()
      const fired: Array<number> = []
      const timers = steps.map(({ at }, position) => heap.add(at, () => fired.push(position)))
      for (const [position, step] of steps.entries()) if (step.isCancelled) heap.cancel(timers[position]!)

      while (heap.nextAt() < Number.POSITIVE_INFINITY) heap.takeFirst()?.()
      const expected = steps
        .map((step, position) => ({ ...step, position }))
        .filter((step) => !step.isCancelled)
        .toSorted((left, right) => left.at - right.at || left.position - right.position)
      assert.deepStrictEqual(
        fired,
        expected.map((step) => step.position)
      )
    }
  )
})

/**
 * S11: entries are applied one after the other, without a gap or a repetition in
 * a life, and only when committed (Figure 2, "All Servers").
 */
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const applyOrder = (): Observer => ({
  stepped: ({ after, before, seat }) => {
    if (before.apply === after.apply) return
    const { lastApplied, orderedThrough } = after.apply
    check(
      lastApplied >= before.apply.lastApplied,
      "ApplyOrder",
      () => `lastApplied of ${seat.id} falls to ${lastApplied}`
    )
    check(
      orderedThrough <= after.commitIndex,
      "ApplyOrder",
      () => `${seat.id} orders to apply ${orderedThrough}, committed is ${after.commitIndex}`
    )
  },
  applying: (seat, entries) => {
    let expected = seat.machine.lastApplied + 1
    for (const { index } of entries) {
      const wanted = expected
      check(index === wanted, "ApplyOrder", () => `${seat.id} applies ${index} where ${wanted} is next`)
      expected++
    }
  }
})

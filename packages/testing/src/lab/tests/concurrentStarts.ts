/**
 * Part 4B: commands that arrive at the leader at once are all committed.
 */
import { Effect } from "effect"
import { checkOneLeader, E, wait } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

const tries = 5
const commands = [100, 101, 102, 103, 104]

export const concurrentStarts: LabTest = {
  part: "4B",
  name: "concurrent Start()s",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) yield* Effect.sleep(3 * E)
      if (yield* startAllInOneTerm(lab)) return
    }
    return yield* labFailure("term changed too often")
  })
}

/** One try; false when the term moved on meanwhile. */
const startAllInOneTerm = Effect.fnUntraced(function* (
  lab: LabCluster
): Effect.fn.Return<boolean, LabFailure> {
  const leader = yield* checkOneLeader(lab)
  const first = yield* lab.submit(leader, 1)
  if (!first.isLeader) return false
  const { term } = first

  const started = yield* Effect.all(
    commands.map((command) => lab.submit(leader, command)),
    { concurrency: "unbounded" }
  )
  const indices = started
    .filter((answer) => answer.isLeader && answer.term === term)
    .map((answer) => answer.index)
  for (const server of lab.servers) {
    const state = yield* lab.state(server)
    if (state?.term !== term) return false
  }

  const committed = new Set<unknown>()
  for (const index of indices) {
    const waited = yield* wait(lab, index, { servers: lab.size, startTerm: term })
    if (waited._tag === "MovedOn") return false
    if (typeof waited.slot !== "number") return yield* labFailure(`index ${index} holds no integer`)
    committed.add(waited.slot)
  }
  for (const command of commands) {
    if (!committed.has(command))
      return yield* labFailure(`command ${command} missing in ${[...committed].join(" ")}`)
  }
  return true
})

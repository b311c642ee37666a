/**
 * Part 4B: clients keep submitting while servers come and go; nothing they saw
 * committed may be missing at the end.
 */
import { Effect, Fiber } from "effect"
import { noCommand, type Slot } from "../ApplyHistory.ts"
import { committedAt, E, one, wait } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

const clients = [0, 1, 2]
const iterations = 20
const commitPolls = [10, 20, 50, 100, 200]

const run = Effect.fnUntraced(function* (lab: LabCluster): Effect.fn.Return<void, LabFailure> {
  const control = { isOver: false }
  const fibers: Array<Fiber.Fiber<ReadonlyArray<number>, LabFailure>> = []
  for (const client of clients) fibers.push(yield* Effect.forkChild(submitUntilOver(lab, client, control)))

  for (let iteration = 0; iteration < iterations; iteration++) {
    if (lab.random.chance(200)) lab.disconnect(lab.random.below(5))
    if (lab.random.chance(500)) {
      const server = lab.random.below(5)
      if (!lab.isAlive(server)) yield* lab.start(server)
      lab.connect(server)
    }
    if (lab.random.chance(200)) {
      const server = lab.random.below(5)
      if (lab.isAlive(server)) yield* lab.crash(server)
    }
    // Long enough for an election most of the time, and not always.
    yield* Effect.sleep(0.7 * E)
  }

  yield* Effect.sleep(E)
  lab.network.reliable = true
  for (const server of lab.servers) {
    if (!lab.isAlive(server)) yield* lab.start(server)
    lab.connect(server)
  }
  control.isOver = true
  const confirmed = (yield* Fiber.joinAll(fibers)).flat()

  yield* Effect.sleep(E)
  const last = yield* one(lab, lab.random.integer(), { servers: 5, retry: true })
  const committed = new Set<number>()
  for (let index = 1; index <= last; index++) {
    const waited = yield* wait(lab, index, { servers: 5, startTerm: undefined })
    if (waited._tag === "MovedOn") continue
    const value = yield* integerIn(lab, waited.slot)
    if (value !== undefined) committed.add(value)
  }
  const missing = confirmed.filter((value) => !committed.has(value))
  if (missing.length > 0) return yield* labFailure(`didn't find these committed values: ${missing.join(" ")}`)
})

/** One client: submits to every server there is, and keeps what it saw committed. */
const submitUntilOver = Effect.fnUntraced(function* (
  lab: LabCluster,
  client: number,
  control: { readonly isOver: boolean }
): Effect.fn.Return<ReadonlyArray<number>, LabFailure> {
  const confirmed: Array<number> = []
  while (!control.isOver) {
    const value = lab.random.integer()
    let index: number | undefined
    for (const server of lab.servers) {
      const started = yield* lab.submit(server, value)
      if (started.isLeader) index = started.index
    }
    if (index === undefined) {
      yield* Effect.sleep(79 + 17 * client)
      continue
    }
    for (const pause of commitPolls) {
      const { count, slot } = committedAt(lab, index)
      if (count > 0) {
        if ((yield* integerIn(lab, slot)) === value) confirmed.push(value)
        break
      }
      yield* Effect.sleep(pause)
    }
  }
  return confirmed
})

/** An integer, or nothing for a slot without a command where such slots exist. */
const integerIn = Effect.fnUntraced(function* (
  lab: LabCluster,
  slot: Slot | undefined
): Effect.fn.Return<number | undefined, LabFailure> {
  if (typeof slot === "number") return slot
  if (slot === noCommand && lab.profile.commandlessEntries === "Slots") return undefined
  return yield* labFailure("a committed value is no integer")
})

export const churn: LabTest = { part: "4B", name: "churn", servers: 5, isReliable: true, run }

export const unreliableChurn: LabTest = {
  part: "4B",
  name: "unreliable churn",
  servers: 5,
  isReliable: false,
  run
}

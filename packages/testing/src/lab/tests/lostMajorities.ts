/**
 * Part 2D: followers, then leaders, fail one after another, until no majority
 * is left. Two tests that the edition of 2023 added.
 */
import { Effect } from "effect"
import { checkOneLeader, committedAt, E, one } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

const lastIndex = 4

/** One of the three is cut off by now; the others elect a leader if need be, and go on. */
const goOn = Effect.fnUntraced(function* (lab: LabCluster) {
  yield* one(lab, 102, { servers: 2, retry: false })
  yield* Effect.sleep(E)
  yield* one(lab, 103, { servers: 2, retry: false })
  return yield* checkOneLeader(lab)
})

const checkNotCommitted = Effect.fnUntraced(function* (lab: LabCluster) {
  yield* Effect.sleep(2 * E)
  const { count } = committedAt(lab, lastIndex)
  if (count > 0) {
    return yield* labFailure(`${count} servers committed index ${lastIndex}, but there is no majority`)
  }
})

export const followersFail: LabTest = {
  part: "2D",
  name: "test progressive failure of followers",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 101, { servers: 3, retry: false })
    const first = yield* checkOneLeader(lab)
    lab.disconnect(lab.neighbour(first, 1))

    const leader = yield* goOn(lab)
    lab.disconnect(lab.neighbour(leader, 1))
    lab.disconnect(lab.neighbour(leader, 2))
    const { index, isLeader } = yield* lab.submit(leader, 104)
    if (!isLeader) return yield* labFailure("leader rejected start")
    if (index !== lastIndex) return yield* labFailure(`expected index ${lastIndex}, got ${index}`)
    yield* checkNotCommitted(lab)
  })
}

export const leadersFail: LabTest = {
  part: "2D",
  name: "test failure of leaders",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 101, { servers: 3, retry: false })
    lab.disconnect(yield* checkOneLeader(lab))

    lab.disconnect(yield* goOn(lab))
    for (const server of lab.servers) yield* lab.submit(server, 104)
    yield* checkNotCommitted(lab)
  })
}

/**
 * Part 4B: leaders that were cut off come back with entries that nobody
 * committed, few or many.
 */
import { Effect } from "effect"
import { checkOneLeader, E, one } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import type { LabTest } from "../LabTest.ts"

export const rejoin: LabTest = {
  part: "4B",
  name: "rejoin of partitioned leader",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 101, { servers: 3, retry: true })
    const first = yield* checkOneLeader(lab)
    lab.disconnect(first)
    for (const command of [102, 103, 104]) yield* lab.submit(first, command)

    yield* one(lab, 103, { servers: 2, retry: true })
    const second = yield* checkOneLeader(lab)
    lab.disconnect(second)
    lab.connect(first)
    yield* one(lab, 104, { servers: 2, retry: true })

    lab.connect(second)
    yield* one(lab, 105, { servers: 3, retry: true })
  })
}

const burst = 50

export const backup: LabTest = {
  part: "4B",
  name: "leader backs up quickly over incorrect follower logs",
  servers: 5,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, lab.random.integer(), { servers: 5, retry: true })

    // A leader with one follower gathers entries that cannot be committed.
    const first = yield* checkOneLeader(lab)
    const [follower, ...rest] = [1, 2, 3, 4].map((distance) => lab.neighbour(first, distance))
    for (const server of rest) lab.disconnect(server)
    yield* submitBurst(lab, first)
    yield* Effect.sleep(E / 2)
    lab.disconnect(first)
    lab.disconnect(follower!)

    // The other three commit many, then lose one of theirs, and gather more.
    for (const server of rest) lab.connect(server)
    yield* agreeOnBurst(lab)
    const second = yield* checkOneLeader(lab)
    const other = second === rest[0] ? lab.neighbour(second, 1) : rest[0]!
    lab.disconnect(other)
    yield* submitBurst(lab, second)
    yield* Effect.sleep(E / 2)

    // The first two and the lost one have three different logs to reconcile.
    for (const server of lab.servers) lab.disconnect(server)
    for (const server of [first, follower!, other]) lab.connect(server)
    yield* agreeOnBurst(lab)

    for (const server of lab.servers) lab.connect(server)
    yield* one(lab, lab.random.integer(), { servers: 5, retry: true })
  })
}

const submitBurst = Effect.fnUntraced(function* (lab: LabCluster, leader: number) {
  for (let count = 0; count < burst; count++) yield* lab.submit(leader, lab.random.integer())
})

const agreeOnBurst = Effect.fnUntraced(function* (lab: LabCluster) {
  for (let count = 0; count < burst; count++) {
    yield* one(lab, lab.random.integer(), { servers: 3, retry: true })
  }
})

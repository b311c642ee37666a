/**
 * Part 4B: what was committed outlives crashes (§5.4, Figure 2 "Persistent
 * state").
 */
import { Effect } from "effect"
import { checkOneLeader, E, one, wait } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import type { LabTest } from "../LabTest.ts"

const all = { servers: 3, retry: true }
const two = { servers: 2, retry: true }

/** Crashes a server if need be, and begins its next life, connected. */
const restart = Effect.fnUntraced(function* (lab: LabCluster, server: number) {
  yield* lab.start(server)
  lab.connect(server)
})

export const basicPersistence: LabTest = {
  part: "4B",
  name: "basic persistence",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 11, all)
    for (const server of lab.servers) yield* lab.start(server)
    for (const server of lab.servers) {
      lab.disconnect(server)
      lab.connect(server)
    }
    yield* one(lab, 12, all)

    const first = yield* checkOneLeader(lab)
    lab.disconnect(first)
    yield* restart(lab, first)
    yield* one(lab, 13, all)

    const second = yield* checkOneLeader(lab)
    lab.disconnect(second)
    const returned = yield* one(lab, 14, two)
    yield* restart(lab, second)
    const index = lab.profile.persistenceWait === "IndexFour" ? 4 : returned
    yield* wait(lab, index, { servers: 3, startTerm: undefined })

    const third = lab.neighbour(yield* checkOneLeader(lab), 1)
    lab.disconnect(third)
    yield* one(lab, 15, two)
    yield* restart(lab, third)
    yield* one(lab, 16, all)
  })
}

const rounds = 5

export const morePersistence: LabTest = {
  part: "4B",
  name: "more persistence",
  servers: 5,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    let index = 1
    for (let round = 0; round < rounds; round++) {
      yield* one(lab, 10 + index++, { servers: 5, retry: true })
      const leader = yield* checkOneLeader(lab)
      const at = (distance: number): number => lab.neighbour(leader, distance)

      lab.disconnect(at(1))
      lab.disconnect(at(2))
      yield* one(lab, 10 + index++, { servers: 3, retry: true })
      for (const distance of [0, 3, 4]) lab.disconnect(at(distance))

      // Two are no majority; the third that joins them has the newest log and must win.
      yield* lab.start(at(1))
      yield* lab.start(at(2))
      lab.connect(at(1))
      lab.connect(at(2))
      yield* Effect.sleep(E)
      yield* restart(lab, at(3))
      yield* one(lab, 10 + index++, { servers: 3, retry: true })

      lab.connect(at(4))
      lab.connect(at(0))
    }
    yield* one(lab, 1000, { servers: 5, retry: true })
  })
}

export const partitionedLeaderCrash: LabTest = {
  part: "4B",
  name: "partitioned leader and one follower crash, leader restarts",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 101, all)
    const leader = yield* checkOneLeader(lab)
    const follower = lab.neighbour(leader, 1)
    const away = lab.neighbour(leader, 2)

    lab.disconnect(away)
    yield* one(lab, 102, two)
    yield* lab.crash(leader)
    yield* lab.crash(follower)
    lab.connect(away)
    yield* restart(lab, leader)
    yield* one(lab, 103, two)

    yield* restart(lab, follower)
    yield* one(lab, 104, all)
  })
}

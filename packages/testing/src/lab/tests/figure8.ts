/**
 * Part 4B: leaders fail again and again with entries half replicated, as in
 * Figure 8 of the paper (§5.4.2).
 */
import { Effect } from "effect"
import { one } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import type { LabTest } from "../LabTest.ts"

const iterations = 1000
const reorderingFrom = 200

export const figure8: LabTest = {
  part: "4B",
  name: "Figure 8",
  servers: 5,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, lab.random.integer(), { servers: 1, retry: true })
    let up = 5
    for (let iteration = 0; iteration < iterations; iteration++) {
      let leader: number | undefined
      for (const server of lab.servers) {
        if (!lab.isAlive(server)) continue
        const started = yield* lab.submit(server, lab.random.integer())
        if (started.isLeader) leader = server
      }
      yield* pause(lab)
      if (leader !== undefined) {
        yield* lab.crash(leader)
        up--
      }
      if (up < 3) {
        const server = lab.random.below(5)
        if (!lab.isAlive(server)) {
          yield* lab.start(server)
          lab.connect(server)
          up++
        }
      }
    }

    for (const server of lab.servers) {
      if (lab.isAlive(server)) continue
      yield* lab.start(server)
      lab.connect(server)
    }
    yield* one(lab, lab.random.integer(), { servers: 5, retry: true })
  })
}

export const figure8Unreliable: LabTest = {
  part: "4B",
  name: "Figure 8 (unreliable)",
  servers: 5,
  isReliable: false,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, lab.random.below(10_000), { servers: 1, retry: true })
    let up = 5
    for (let iteration = 0; iteration < iterations; iteration++) {
      if (iteration === reorderingFrom) lab.network.longReordering = true
      let leader: number | undefined
      for (const server of lab.servers) {
        const started = yield* lab.submit(server, lab.random.below(10_000))
        if (started.isLeader && lab.isConnected(server)) leader = server
      }
      yield* pause(lab)
      if (leader !== undefined && lab.random.chance(500)) {
        lab.disconnect(leader)
        up--
      }
      if (up < 3) {
        const server = lab.random.below(5)
        if (!lab.isConnected(server)) {
          lab.connect(server)
          up++
        }
      }
    }

    for (const server of lab.servers) {
      if (!lab.isConnected(server)) lab.connect(server)
    }
    yield* one(lab, lab.random.below(10_000), { servers: 5, retry: true })
  })
}

/** Mostly too short for a command to be committed, sometimes long enough for an election. */
const pause = (lab: LabCluster): Effect.Effect<void> =>
  Effect.sleep(lab.random.chance(100) ? lab.random.below(500) : lab.random.below(13))

/**
 * Part 4B: agreement and idleness do not cost too many calls.
 */
import { Effect } from "effect"
import { checkOneLeader, E, wait } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

const tries = 5
const commands = 10

const electionRpcsMax = 30
const agreementRpcsMax = (commands + 1 + 3) * 3
const idleRpcsMax = 3 * 20
/** Not the university's: a burst of starts is one append for each follower, not one for each start. */
const burstRpcsMax = 10

export const rpcCounts: LabTest = {
  part: "4B",
  name: "RPC counts aren't too high",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* checkOneLeader(lab)
    const elected = handled(lab)
    if (elected < 1 || elected > electionRpcsMax) {
      return yield* labFailure(`too many or few RPCs (${elected}) to elect the initial leader`)
    }

    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) yield* Effect.sleep(3 * E)
      const before = yield* burstInOneTerm(lab)
      if (before === undefined) continue
      yield* Effect.sleep(E)
      const idle = handled(lab) - before
      if (idle > idleRpcsMax) return yield* labFailure(`too many RPCs (${idle}) for one second of idleness`)
      return
    }
    return yield* labFailure("term changed too often")
  })
}

/** One try; gives the requests handled by its end, or nothing when the term moved on meanwhile. */
const burstInOneTerm = Effect.fnUntraced(function* (
  lab: LabCluster
): Effect.fn.Return<number | undefined, LabFailure> {
  const leader = yield* checkOneLeader(lab)
  const before = handled(lab)
  const first = yield* lab.submit(leader, 1)
  if (!first.isLeader) return undefined
  const { term } = first

  const values: Array<number> = []
  for (let count = 1; count <= commands + 1; count++) {
    const value = lab.random.integer()
    values.push(value)
    const started = yield* lab.submit(leader, value)
    if (!started.isLeader || started.term !== term) return undefined
    if (started.index !== first.index + count) {
      return yield* labFailure(`start gave index ${started.index}, expected ${first.index + count}`)
    }
  }

  for (let count = 1; count <= commands; count++) {
    const index = first.index + count
    const waited = yield* wait(lab, index, { servers: lab.size, startTerm: term })
    if (waited._tag === "MovedOn") return undefined
    if (waited.slot !== values[count - 1]) {
      return yield* labFailure(`wrong value ${String(waited.slot)} committed for index ${index}`)
    }
  }

  const after = handled(lab)
  for (const server of lab.servers) {
    const state = yield* lab.state(server)
    if (state?.term !== term) return undefined
  }
  const cost = after - before
  if (cost > agreementRpcsMax) return yield* labFailure(`too many RPCs (${cost}) for ${commands} entries`)
  if (cost > burstRpcsMax) {
    return yield* labFailure(
      `a burst of 12 starts cost ${cost} handled requests; at most ${burstRpcsMax} are needed`
    )
  }
  return after
})

/** Requests that reached a handler, on all servers. */
const handled = (lab: LabCluster): number =>
  lab.servers.reduce((total, server) => total + lab.rpcCount(server), 0)

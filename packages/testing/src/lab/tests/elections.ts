/**
 * Part 4A: a leader is elected, replaced and found again (§5.2).
 */
import { Effect } from "effect"
import { checkNoLeader, checkOneLeader, checkTerms, E } from "../agreement.ts"
import { labFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

export const initialElection: LabTest = {
  part: "4A",
  name: "initial election",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* checkOneLeader(lab)
    yield* Effect.sleep(50)
    const first = yield* checkTerms(lab)
    if (first < 1) return yield* labFailure(`term is ${first}, but should be at least 1`)

    yield* Effect.sleep(2 * E)
    const second = yield* checkTerms(lab)
    if (second !== first) lab.warnings.push("term changed even though there were no failures")
    yield* checkOneLeader(lab)
  })
}

export const reelection: LabTest = {
  part: "4A",
  name: "election after network failure",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    const first = yield* checkOneLeader(lab)
    lab.disconnect(first)
    yield* checkOneLeader(lab)

    // The old leader comes back, and must not disturb the new one.
    lab.connect(first)
    const second = yield* checkOneLeader(lab)

    // Without a quorum nobody leads.
    const other = lab.neighbour(second, 1)
    lab.disconnect(second)
    lab.disconnect(other)
    yield* Effect.sleep(2 * E)
    yield* checkNoLeader(lab)

    lab.connect(other)
    yield* checkOneLeader(lab)
    lab.connect(second)
    yield* checkOneLeader(lab)
  })
}

const rounds = 9

export const multipleElections: LabTest = {
  part: "4A",
  name: "multiple elections",
  servers: 7,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* checkOneLeader(lab)
    for (let round = 0; round < rounds; round++) {
      const away = [lab.random.below(7), lab.random.below(7), lab.random.below(7)]
      for (const server of away) lab.disconnect(server)
      yield* checkOneLeader(lab)
      for (const server of away) lab.connect(server)
    }
    yield* checkOneLeader(lab)
  })
}

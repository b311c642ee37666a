/**
 * Part 4B: what a majority can do without the others, and a minority cannot.
 */
import { Effect } from "effect"
import { checkOneLeader, committedAt, E, one } from "../agreement.ts"
import { labFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

export const failAgree: LabTest = {
  part: "4B",
  name: "agreement despite follower disconnection",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    const all = { servers: 3, retry: false }
    const majority = { servers: 2, retry: false }
    yield* one(lab, 101, all)
    const leader = yield* checkOneLeader(lab)
    const follower = lab.neighbour(leader, 1)
    lab.disconnect(follower)

    yield* one(lab, 102, majority)
    yield* one(lab, 103, majority)
    yield* Effect.sleep(E)
    yield* one(lab, 104, majority)
    yield* one(lab, 105, majority)

    lab.connect(follower)
    yield* one(lab, 106, { servers: 3, retry: true })
    yield* Effect.sleep(E)
    yield* one(lab, 107, { servers: 3, retry: true })
  })
}

export const failNoAgree: LabTest = {
  part: "4B",
  name: "no agreement if too many followers disconnect",
  servers: 5,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 10, { servers: 5, retry: false })
    const leader = yield* checkOneLeader(lab)
    const others = [1, 2, 3].map((distance) => lab.neighbour(leader, distance))
    for (const server of others) lab.disconnect(server)

    const first = yield* lab.submit(leader, 20)
    if (!first.isLeader) return yield* labFailure("leader rejected start")
    if (first.index !== 2) return yield* labFailure(`expected index 2, got ${first.index}`)
    yield* Effect.sleep(2 * E)
    const { count } = committedAt(lab, first.index)
    if (count > 0) return yield* labFailure(`${count} servers committed index 2, but there is no majority`)

    // The three may have elected a leader of their own, which has not seen that command.
    for (const server of others) lab.connect(server)
    const next = yield* checkOneLeader(lab)
    const second = yield* lab.submit(next, 30)
    if (!second.isLeader) return yield* labFailure("leader rejected start")
    if (second.index < 2 || second.index > lab.profile.secondIndexMax) {
      return yield* labFailure(`unexpected index ${second.index}`)
    }
    yield* one(lab, 1000, { servers: 5, retry: true })
  })
}

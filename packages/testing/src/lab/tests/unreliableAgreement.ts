/**
 * Part 4B: many clients at once on a network that loses and delays.
 */
import { Effect, Fiber } from "effect"
import { one } from "../agreement.ts"
import type { LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

const rounds = 49
const clients = 4

export const unreliableAgreement: LabTest = {
  part: "4B",
  name: "unreliable agreement",
  servers: 5,
  isReliable: false,
  run: Effect.fnUntraced(function* (lab) {
    const launched: Array<Fiber.Fiber<number, LabFailure>> = []
    for (let round = 1; round <= rounds; round++) {
      for (let client = 0; client < clients; client++) {
        const agreement = one(lab, 100 * round + client, { servers: 1, retry: true })
        launched.push(yield* Effect.forkChild(agreement))
      }
      yield* one(lab, round, { servers: 1, retry: true })
    }
    lab.network.reliable = true
    yield* Fiber.joinAll(launched)
    yield* one(lab, 100, { servers: 5, retry: true })
  })
}

/**
 * Part 4B: commands are committed in order, each sent once (§5.3).
 */
import { Effect } from "effect"
import { committedAt, one } from "../agreement.ts"
import { labFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"

export const basicAgreement: LabTest = {
  part: "4B",
  name: "basic agreement",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    for (let index = 1; index <= 3; index++) {
      const { count } = committedAt(lab, index)
      if (count > 0) return yield* labFailure(`index ${index} is committed before any start`)
      const got = yield* one(lab, 100 * index, { servers: lab.size, retry: false })
      if (got !== index) return yield* labFailure(`got index ${got} but expected ${index}`)
    }
  })
}

const commandLength = 5000

/** Ten large commands may cross the network once per server, with as much again for everything else. */
const bytesMax = 3 * (10 * commandLength) + 50_000

export const rpcBytes: LabTest = {
  part: "4B",
  name: "RPC byte count",
  servers: 3,
  isReliable: true,
  run: Effect.fnUntraced(function* (lab) {
    yield* one(lab, 99, { servers: lab.size, retry: false })
    const before = lab.network.totalBytes
    for (let index = 2; index <= 11; index++) {
      const command = lab.random.text(commandLength)
      const got = yield* one(lab, command, { servers: lab.size, retry: false })
      if (got !== index) return yield* labFailure(`got index ${got} but expected ${index}`)
    }
    const bytes = lab.network.totalBytes - before
    if (bytes > bytesMax) return yield* labFailure(`too many RPC bytes: got ${bytes}, allowed ${bytesMax}`)
  })
}

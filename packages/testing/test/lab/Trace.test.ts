import { assert, describe, it } from "@effect/vitest"
import { type LinkEnd, type Parcel, Trace } from "../../src/index.ts"

const end: LinkEnd = { caller: "a", serverName: "b", enabled: true }
const parcel: Parcel = { value: "text", bytes: 10, digest: 20 }

const hashOf = (record: (trace: Trace) => void): string => {
  const trace = new Trace()
  record(trace)
  return trace.hash()
}

describe("the trace hash", () => {
  it("depends on what happened, when, where, how large, and in which order", () => {
    const records: ReadonlyArray<(trace: Trace) => void> = [
      () => undefined,
      (trace) => trace.network(1, "Sent", end, parcel),
      (trace) => trace.network(2, "Sent", end, parcel),
      (trace) => trace.network(1.001, "Sent", end, parcel),
      (trace) => trace.network(1, "Delivered", end, parcel),
      (trace) => trace.network(1, "Sent", { ...end, caller: "c" }, parcel),
      (trace) => trace.network(1, "Sent", { ...end, serverName: "c" }, parcel),
      (trace) => trace.network(1, "Sent", end, { ...parcel, bytes: 11 }),
      (trace) => trace.network(1, "Sent", end, { ...parcel, digest: 21 }),
      (trace) => trace.cluster(1, "Started", 0),
      (trace) => trace.cluster(1, "Started", 1),
      (trace) => trace.cluster(1, "Crashed", 0),
      (trace) => trace.cluster(2, "Crashed", 0),
      (trace) => trace.applied(1, 0, 1, 7),
      (trace) => trace.applied(2, 0, 1, 7),
      (trace) => trace.applied(1, 1, 1, 7),
      (trace) => trace.applied(1, 0, 2, 7),
      (trace) => trace.applied(1, 0, 1, 8),
      (trace) => trace.applied(1, 0, 1, "7"),
      (trace) => {
        trace.cluster(1, "Crashed", 0)
        trace.cluster(1, "Started", 0)
      },
      (trace) => {
        trace.cluster(1, "Started", 0)
        trace.cluster(1, "Crashed", 0)
      }
    ]
    const hashes = records.map(hashOf)
    assert.strictEqual(new Set(hashes).size, hashes.length)
    assert.deepStrictEqual(records.map(hashOf), hashes)
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{16}$/)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { logIndex, sequence, serverId } from "../src/ids.ts"
import * as AppendList from "../src/log/appendList.ts"
import * as Progress from "../src/progress.ts"

const append = (number: number, from: number, through: number, bytes = 10): Progress.Inflight => ({
  sequence: sequence(number),
  from: logIndex(from),
  through: logIndex(through),
  bytes,
  sentAt: 0
})

const none = logIndex(0)
const fresh = Progress.make(serverId("s1"), logIndex(6), sequence(0))
const replicating = Progress.accepted(fresh, logIndex(5), sequence(0))
const openIn = ({ inflight }: Progress.Progress) => AppendList.size(inflight)

describe("progress of a peer", () => {
  it("Figure 2: nextIndex starts after the leader's last entry, matchIndex at 0, and it probes", () => {
    assert.deepStrictEqual([fresh.nextIndex, fresh.matchIndex, fresh.mode], [6, 0, "Probe"])
  })

  it("a probe does not move nextIndex, and pauses until it is answered", () => {
    const probed = Progress.sent(fresh, append(1, 6, 7), none)
    assert.deepStrictEqual([probed.nextIndex, probed.paused, openIn(probed)], [6, true, 1])
  })

  it("a repeated probe takes the place of the one before", () => {
    const twice = Progress.sent(Progress.sent(fresh, append(1, 6, 7), none), append(2, 6, 8, 25), none)
    assert.deepStrictEqual([openIn(twice), twice.inflightBytes], [1, 25])
    assert.isUndefined(Progress.findInflight(twice, sequence(1)))
  })

  it("an answered probe begins replication, which runs ahead of the answers", () => {
    assert.deepStrictEqual(
      [replicating.mode, replicating.nextIndex, replicating.matchIndex],
      ["Replicate", 6, 5]
    )
    const ahead = Progress.sent(Progress.sent(replicating, append(2, 6, 7), none), append(3, 8, 8), none)
    assert.deepStrictEqual(
      [ahead.nextIndex, ahead.matchIndex, ahead.inflightBytes, ahead.paused],
      [9, 5, 20, false]
    )
    const answered = Progress.accepted(ahead, logIndex(7), sequence(0))
    assert.deepStrictEqual([answered.nextIndex, answered.matchIndex, answered.inflightBytes], [9, 7, 10])
  })

  it("an old answer changes nothing", () => {
    assert.strictEqual(Progress.accepted(replicating, logIndex(4), sequence(0)), replicating)
    assert.strictEqual(Progress.accepted(replicating, logIndex(5), sequence(0)), replicating)
  })

  it("falling back to probing forgets what is in flight, and never goes below the match", () => {
    const ahead = Progress.sent(replicating, append(2, 6, 7), none)
    const back = Progress.probeFrom(ahead, logIndex(2), true)
    assert.deepStrictEqual([back.mode, back.nextIndex, openIn(back), back.inflightBytes], ["Probe", 6, 0, 0])
  })

  it("what an append told of the commit index is remembered, as far as the append reaches", () => {
    const told = Progress.sent(replicating, append(2, 6, 7), logIndex(9))
    assert.strictEqual(told.commitSent, 7)
    assert.strictEqual(Progress.sent(told, append(3, 8, 9), logIndex(6)).commitSent, 7)
  })

  it("an append in flight is found by its number, or the oldest without one", () => {
    const ahead = Progress.sent(Progress.sent(replicating, append(2, 6, 7), none), append(3, 8, 8), none)
    assert.strictEqual(Progress.findInflight(ahead, sequence(3))?.from, 8)
    assert.strictEqual(Progress.findInflight(ahead, undefined)?.from, 6)
    assert.isUndefined(Progress.findInflight(ahead, sequence(9)))
  })
})

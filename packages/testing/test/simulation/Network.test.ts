import { type Message, serverId } from "@effect-raft/core"
import { assert, describe, it } from "vitest"
import { Network } from "../../src/simulation/Network.ts"
import { SeededRandom } from "../../src/SeededRandom.ts"

const ids = ["s1", "s2", "s3"].map(serverId)

const messageTo = (to: number, sequence: number) =>
  ({ _tag: "HeartbeatResponse", from: ids[0], to: ids[to], sequence }) as unknown as Message

const makeNetwork = (isOrdered: boolean) => {
  const arrived: Array<{ readonly at: number; readonly sequence: number }> = []
  const lost: Array<string> = []
  const network = new Network(ids, { delayMin: 2, delayMax: 9, isOrdered }, new SeededRandom(1), {
    arrive: (at, _, { sequence }) => arrived.push({ at, sequence }),
    lose: (_, why) => lost.push(why)
  })
  const sendMany = (count: number) => {
    for (let sequence = 1; sequence <= count; sequence++) network.send(sequence, 0, messageTo(1, sequence))
  }
  return { network, arrived, lost, sendMany }
}

const isSorted = (arrived: ReadonlyArray<{ readonly at: number }>) =>
  arrived.every(({ at }, position) => position === 0 || at >= arrived[position - 1]!.at)

describe("Network", () => {
  it("keeps its bounds, and on an ordered link the order", () => {
    const { arrived, sendMany } = makeNetwork(true)
    sendMany(500)
    assert.lengthOf(arrived, 500)
    assert.isTrue(arrived.every(({ at, sequence }) => at >= sequence + 2 && at <= sequence + 9))
    assert.isTrue(isSorted(arrived))
  })

  it("without order, and under reordering, messages overtake each other", () => {
    const loose = makeNetwork(false)
    loose.sendMany(100)
    assert.isFalse(isSorted(loose.arrived))
    const reordered = makeNetwork(true)
    reordered.network.reordering++
    reordered.sendMany(100)
    assert.isFalse(isSorted(reordered.arrived))
    assert.isAtLeast(reordered.network.fired.overtaking, 1)
  })

  it("a link that stands still brings everything later, at once and in its order", () => {
    const { arrived, network, sendMany } = makeNetwork(false)
    const goOn = network.stall(0, 1)
    assert.isUndefined(network.stall(0, 1))
    network.stall(1, 0)
    sendMany(100)
    assert.lengthOf(arrived, 0)
    goOn?.(500)
    assert.deepStrictEqual(
      arrived,
      Array.from({ length: 100 }, (_, position) => ({ at: 502, sequence: position + 1 }))
    )
    assert.strictEqual(network.lastLateArrival, 502)
    assert.strictEqual(network.fired.stalled, 100)
    sendMany(1)
    assert.lengthOf(arrived, 101)
  })

  it("loses, repeats and delays about as many as it is told", () => {
    const { arrived, lost, network, sendMany } = makeNetwork(true)
    network.lossPerMille = 200
    network.duplicatePerMille = 500
    network.duplicateDelayMax = 1_000
    network.latePerMille = 100
    network.lateMax = 3_000
    sendMany(2_000)
    assert.approximately(lost.length, 400, 80)
    assert.approximately(arrived.length, 2_400, 150)
    assert.approximately(network.fired.late, 160, 60)
    assert.isAbove(network.lastLateArrival, 3_000)
    assert.strictEqual(Math.max(...arrived.map(({ at }) => at)) <= network.lastLateArrival, true)
  })

  it("cuts a link in one direction, as many times as it is mended", () => {
    const { arrived, lost, network } = makeNetwork(true)
    network.cut(0, 1)
    network.cut(0, 1)
    network.mend(0, 1)
    network.send(1, 0, messageTo(1, 1))
    assert.deepStrictEqual(lost, ["cut"])
    network.send(1, 0, messageTo(2, 2))
    network.mend(0, 1)
    network.send(1, 0, messageTo(1, 3))
    assert.deepStrictEqual(
      arrived.map(({ sequence }) => sequence),
      [2, 3]
    )
  })
})

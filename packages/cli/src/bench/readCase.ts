/**
 * Linearizable reads through ReadIndex (thesis §6.4), measured in a process of
 * their own: `batch` reads reach the leader in one turn and share a round of
 * heartbeats; the next come when they are answered.
 *
 * Called by `coreBench.ts` with the case as JSON; prints its figure as JSON.
 */
import type { ReadsFigure } from "./coreFigure.ts"
import * as LocalCluster from "./localCluster.ts"
import { type CoreCase, report } from "./measured.ts"
import { heapMiB, rateOf } from "./windows.ts"
import { asItIs, throughTheWire } from "./wire.ts"

const servers = 3

const measure = ({ batch, codec, inflight, name, seconds }: CoreCase): ReadsFigure => {
  const cluster = LocalCluster.make(servers, codec ? throughTheWire : asItIs)
  const leader = LocalCluster.elect(cluster)
  LocalCluster.drain(cluster)
  let lastId = 0
  const work = (): void => {
    for (let round = 0; round < 50; round++) {
      const ids = Array.from({ length: batch }, () => ++lastId)
      LocalCluster.tell(cluster, leader, { _tag: "ReadRequested", at: cluster.now, ids })
      LocalCluster.turn(cluster, leader, [])
      LocalCluster.drain(cluster)
    }
  }
  const messagesBefore = cluster.messages
  const readsPerCpuSecond = Math.round(rateOf(seconds, work, () => cluster.readsAnswered))
  if (cluster.readsAnswered !== lastId)
    throw new Error(`${lastId - cluster.readsAnswered} reads got no answer`)
  return {
    bench: "core",
    case: name,
    servers,
    batch,
    inflight,
    codec,
    payloadBytes: 0,
    readsPerCpuSecond,
    messagesPerRead: Number(((cluster.messages - messagesBefore) / lastId).toFixed(3)),
    heapMiB: heapMiB()
  }
}

report(measure)

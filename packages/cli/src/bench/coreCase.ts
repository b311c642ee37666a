/**
 * One case of the core benchmark, measured in a process of its own, so that no
 * case is warmed up or spoiled by another.
 *
 * Called by `coreBench.ts` with the case as JSON; prints its figure as JSON.
 */
import type { Proposal } from "@effect-raft/core"
import type { EntriesFigure } from "./coreFigure.ts"
import * as LocalCluster from "./localCluster.ts"
import { type CoreCase, report } from "./measured.ts"
import { heapMiB, rateOf } from "./windows.ts"
import { asItIs, throughTheWire } from "./wire.ts"

const servers = 3
const payloadBytes = 100

const measure = ({ batch, codec, eventsPerTurn, inflight, name, seconds }: CoreCase): EntriesFigure => {
  const cluster = LocalCluster.make(servers, codec ? throughTheWire : asItIs)
  const leader = LocalCluster.elect(cluster)
  LocalCluster.drain(cluster)
  const command = new Uint8Array(payloadBytes).fill(0x61)
  const event = Array.from({ length: batch }, (_, id): Proposal => ({ id, command }))
  const turn = Array.from({ length: eventsPerTurn }, () => event)
  const turns = inflight / (batch * eventsPerTurn)

  const work = (): void => {
    for (let round = 0; round < 50; round++) {
      for (let taken = 0; taken < turns; taken++) LocalCluster.turn(cluster, leader, turn)
      LocalCluster.drain(cluster)
    }
  }

  const messagesBefore = cluster.messages
  const entriesBefore = committed(cluster)
  const rate = rateOf(seconds, work, () => committed(cluster))
  const entries = committed(cluster) - entriesBefore
  return {
    bench: "core",
    case: name,
    servers,
    batch,
    inflight,
    codec,
    payloadBytes,
    entriesPerCpuSecond: Math.round(rate),
    messagesPerEntry: Number(((cluster.messages - messagesBefore) / entries).toFixed(3)),
    heapMiB: heapMiB()
  }
}

/** Entries that the leader and every follower have committed and applied. */
const committed = (cluster: LocalCluster.LocalCluster): number =>
  Math.min(...cluster.seats.map((seat) => seat.server.apply.lastApplied))

report(measure)

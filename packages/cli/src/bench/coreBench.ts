/**
 * How many entries the reducer commits per CPU second.
 *
 * An entry counts when the leader and every follower have it committed and in
 * applied after an `ApplyEntries` output. Invariants are on and logs are compacted, as in
 * production.
 */
import { decodeMessage, encodeMessage, type Message, type Proposal } from "@effect-raft/core"
import * as LocalCluster from "./localCluster.ts"

const servers = 3
const payloadBytes = 100

interface Workload {
  readonly name: "lockstep" | "pipelined" | "batch64"
  /** Commands in one event. */
  readonly batch: number
  /** Commands on the way before everybody is let finish. */
  readonly inflight: number
}

const workloads: ReadonlyArray<Workload> = [
  { name: "lockstep", batch: 1, inflight: 1 },
  { name: "pipelined", batch: 1, inflight: 64 },
  { name: "batch64", batch: 64, inflight: 64 }
]

/** One line of the report. */
export interface CoreFigure {
  readonly bench: "core"
  readonly case: Workload["name"]
  readonly servers: number
  readonly batch: number
  readonly inflight: number
  readonly codec: boolean
  readonly payloadBytes: number
  readonly entriesPerCpuSecond: number
  readonly messagesPerEntry: number
  readonly heapMiB: number
}

/** Every case, one after another; `onFigure` hears of each as it ends. */
export const run = (secondsPerCase: number, onFigure: (figure: CoreFigure) => void): void => {
  for (const codec of [false, true]) {
    for (const workload of workloads) {
      measure(workload, codec, Math.min(1, secondsPerCase))
      onFigure(measure(workload, codec, secondsPerCase))
    }
  }
}

const measure = (workload: Workload, codec: boolean, seconds: number): CoreFigure => {
  const cluster = LocalCluster.make(servers, codec ? throughTheWire : asItIs)
  const leader = LocalCluster.elect(cluster)
  LocalCluster.drain(cluster)
  const command = new Uint8Array(payloadBytes).fill(0x61)
  const proposals = Array.from({ length: workload.batch }, (_, id): Proposal => ({ id, command }))

  const messagesBefore = cluster.messages
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  while (performance.now() - startedAt < seconds * 1000) {
    for (let round = 0; round < 100; round++) {
      for (let sent = 0; sent < workload.inflight; sent += workload.batch) {
        LocalCluster.turn(cluster, leader, proposals)
      }
      LocalCluster.drain(cluster)
    }
  }
  const cpu = process.cpuUsage(cpuBefore)
  const entries = Math.min(...cluster.seats.map((seat) => seat.server.apply.lastApplied))
  return {
    bench: "core",
    case: workload.name,
    servers,
    batch: workload.batch,
    inflight: workload.inflight,
    codec,
    payloadBytes,
    entriesPerCpuSecond: Math.round(entries / ((cpu.user + cpu.system) / 1e6)),
    messagesPerEntry: Number(((cluster.messages - messagesBefore) / entries).toFixed(3)),
    heapMiB: Math.round(process.memoryUsage().heapUsed / 1_048_576)
  }
}

const asItIs = (message: Message): Message => message

const throughTheWire = (message: Message): Message => {
  const decoded = decodeMessage(encodeMessage(message))
  if (decoded._tag === "DecodeError") throw new Error(`the codec refused its own message: ${decoded.text}`)
  return decoded.value
}

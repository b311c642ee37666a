/**
 * One case of the core benchmark, measured in a process of its own, so that no
 * case is warmed up or spoiled by another.
 *
 * Called by `coreBench.ts` with the case as JSON; prints its figure as JSON.
 */
import {
  encodedMessageLength,
  type Message,
  type Proposal,
  readMessage,
  type Target,
  targetOf,
  writeMessage
} from "@effect-raft/core"
import { Schema } from "effect"
import { CoreCase, type CoreFigure } from "./coreFigure.ts"
import * as LocalCluster from "./localCluster.ts"

const servers = 3
const payloadBytes = 100

const windowMillis = 250

const measure = ({ batch, codec, eventsPerTurn, inflight, name, seconds }: CoreCase): CoreFigure => {
  const cluster = LocalCluster.make(servers, codec ? throughTheWire : asItIs)
  const leader = LocalCluster.elect(cluster)
  LocalCluster.drain(cluster)
  const command = new Uint8Array(payloadBytes).fill(0x61)
  const event = Array.from({ length: batch }, (_, id): Proposal => ({ id, command }))
  const turn = Array.from({ length: eventsPerTurn }, () => event)
  const turns = inflight / (batch * eventsPerTurn)

  /** Runs for one window and gives entries per CPU second. */
  const window = (): number => {
    const entriesBefore = committed(cluster)
    const cpuBefore = process.cpuUsage()
    const startedAt = performance.now()
    while (performance.now() - startedAt < windowMillis) {
      for (let round = 0; round < 50; round++) {
        for (let taken = 0; taken < turns; taken++) LocalCluster.turn(cluster, leader, turn)
        LocalCluster.drain(cluster)
      }
    }
    const cpu = process.cpuUsage(cpuBefore)
    return (committed(cluster) - entriesBefore) / ((cpu.user + cpu.system) / 1e6)
  }

  for (let warm = 0; warm < 4; warm++) window()
  const messagesBefore = cluster.messages
  const entriesBefore = committed(cluster)
  const figures = Array.from({ length: Math.ceil((seconds * 1000) / windowMillis) }, window)
  const entries = committed(cluster) - entriesBefore
  return {
    bench: "core",
    case: name,
    servers,
    batch,
    inflight,
    codec,
    payloadBytes,
    entriesPerCpuSecond: Math.round(median(figures)),
    messagesPerEntry: Number(((cluster.messages - messagesBefore) / entries).toFixed(3)),
    heapMiB: Math.round(process.memoryUsage().heapUsed / 1_048_576)
  }
}

const median = (figures: ReadonlyArray<number>): number =>
  figures.toSorted((left, right) => left - right)[figures.length >>> 1]!

/** Entries that the leader and every follower have committed and applied. */
const committed = (cluster: LocalCluster.LocalCluster): number =>
  Math.min(...cluster.seats.map((seat) => seat.server.apply.lastApplied))

const asItIs = (message: Message): Message => message

/**
 * Buffers as a connection has them: one that is filled anew for messages that
 * leave nothing behind, and slabs for those with entries, whose payloads stay
 * views of them.
 */
const frame = targetOf(new ArrayBuffer(1024))
const slabBytes = 65_536
let slab = targetOf(new ArrayBuffer(slabBytes))
let used = 0

const throughTheWire = (message: Message): Message => {
  if (message._tag !== "AppendEntriesRequest") return readBack(frame, 0, writeMessage(frame, 0, message))
  const length = encodedMessageLength(message)
  if (used + length > slabBytes) {
    slab = targetOf(new ArrayBuffer(slabBytes))
    used = 0
  }
  const start = used
  used = writeMessage(slab, start, message)
  return readBack(slab, start, used)
}

const readBack = (target: Target, start: number, end: number): Message => {
  const decoded = readMessage(target.view, start, end)
  if (decoded._tag === "DecodeError") throw new Error(`the codec refused its own message: ${decoded.text}`)
  return decoded.value
}

const decodeCase = Schema.decodeUnknownSync(Schema.fromJsonString(CoreCase))

process.stdout.write(`${JSON.stringify(measure(decodeCase(process.argv[2])))}\n`)

/**
 * Catching up by a snapshot (§7), measured in a process of its own: a server
 * that holds nothing receives 64 MiB in chunks, once and again.
 *
 * Sender and receiver copy the bytes as storage would, and check each chunk; the
 * disk itself costs nothing here. Called by `coreBench.ts` with the case as
 * JSON; prints its figure as JSON.
 */
import { catchUp, snapshotBytesMax } from "./catchUp.ts"
import type { CatchUpFigure } from "./coreFigure.ts"
import { type CoreCase, report } from "./measured.ts"
import { heapMiB, rateOf } from "./windows.ts"
import { asItIs, throughTheWire } from "./wire.ts"

const bytesPerMiB = 1_048_576

const measure = ({ batch, codec, inflight, name, seconds }: CoreCase): CatchUpFigure => {
  let bytes = 0
  let messages = 0
  const work = (): void => {
    messages += catchUp(codec ? throughTheWire : asItIs, snapshotBytesMax)
    bytes += snapshotBytesMax
  }
  const mebibytesPerCpuSecond = Math.round(rateOf(seconds, work, () => bytes) / bytesPerMiB)
  return {
    bench: "core",
    case: name,
    servers: 2,
    batch,
    inflight,
    codec,
    payloadBytes: snapshotBytesMax,
    mebibytesPerCpuSecond,
    messagesPerMebibyte: Number((messages / (bytes / bytesPerMiB)).toFixed(3)),
    heapMiB: heapMiB()
  }
}

report(measure)

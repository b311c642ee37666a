import * as AppendList from "../../src/log/appendList.ts"
import type { Progress } from "../../src/progress.ts"
import type { Server } from "../../src/server.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * What a leader believes of its peers (Figure 2 "Volatile state on leaders"): `nextIndex` stays above
 * `matchIndex`, which never falls nor passes the log, and windows keep their bounds.
 */
export const progressIsSound = (): Observer => ({
  stepped: (step) => {
    const { after, before, host } = step
    if (after.role._tag !== "Leader") return
    const old = before.currentTerm === after.currentTerm ? progressOf(before) : []
    for (const [position, progress] of after.role.progress.entries()) {
      const { id, matchIndex, nextIndex } = progress
      const peer = `${id} as ${host.id} sees it`
      check(
        nextIndex > matchIndex,
        property,
        () => `${peer}: nextIndex ${nextIndex}, matchIndex ${matchIndex}`
      )
      check(matchIndex <= after.log.lastIndex, property, () => `${peer}: matchIndex passes the log`)
      const was =
        old.find((other) => other.id === id && other.sequenceBefore === progress.sequenceBefore)
          ?.matchIndex ?? 0
      check(matchIndex >= was, property, () => `${peer}: matchIndex fell from ${was} to ${matchIndex}`)
      checkWindow(step, peer, position)
      checkTransfer(step, peer, progress)
    }
  }
})

const property = "ProgressIsSound"

const progressOf = ({ role }: Server) => (role._tag === "Leader" ? role.progress : [])

/** A snapshot is under way exactly to whom the log cannot help, in few chunks that lie within it. */
const checkTransfer = ({ after, cluster }: Stepped, peer: string, progress: Progress): void => {
  const { mode, nextIndex, transfer } = progress
  check((mode === "Snapshot") === (transfer !== undefined), property, () => `${peer}: ${mode} and a transfer`)
  if (transfer === undefined) return
  const { inflight, lastIncludedIndex, nextOffset } = transfer
  const { latest } = after.snapshots
  const isNeeded = nextIndex <= after.log.lastIncludedIndex
  check(isNeeded, property, () => `${peer}: gets a snapshot, though the log has entry ${nextIndex}`)
  const chunksMax = cluster.options.inflightChunksMax
  check(inflight.length <= chunksMax, property, () => `${peer}: ${inflight.length} chunks in flight`)
  // A newer snapshot takes the place of the older one when something is sent again.
  if (latest?.lastIncludedIndex !== lastIncludedIndex) return
  check(nextOffset <= latest.size, property, () => `${peer}: offset ${nextOffset} of ${latest.size} bytes`)
}

const checkWindow = ({ after, cluster }: Stepped, peer: string, position: number): void => {
  const { inflight: list, inflightBytes } = progressOf(after)[position]!
  const inflight = AppendList.slice(list, 0, AppendList.size(list))
  const { appendBytesMax, inflightBytesMax, inflightMessagesMax } = cluster.options
  const messages = inflight.length
  check(messages <= inflightMessagesMax, property, () => `${peer}: ${messages} appends in flight`)
  // The last append may pass the bound by its own size, which is that of one entry if that alone is larger than an append.
  const bytesMax = inflightBytesMax + Math.max(appendBytesMax, (inflight.at(-1)?.bytes ?? 0) + 1)
  check(inflightBytes < bytesMax, property, () => `${peer}: ${inflightBytes} bytes in flight`)
  const sum = inflight.reduce((total, { bytes }) => total + bytes, 0)
  check(sum === inflightBytes, property, () => `${peer}: counts ${inflightBytes} bytes of ${sum}`)
}

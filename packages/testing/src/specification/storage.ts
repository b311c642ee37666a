/**
 * What a step orders from storage, and what a disk must hold before a message
 * may leave (Figure 2: "updated on stable storage before responding to RPCs").
 */
import { isSameEntry } from "./Cluster.ts"
import { demand } from "./rejection.ts"
import type { ServerModel } from "./ServerModel.ts"
import type { StepLine, TracedEntry, TracedHardState, TracedMessage } from "./traceLine.ts"

/** A server before a step, as far as its writes are judged by it. */
export interface Before extends TracedHardState {
  readonly commitIndex: number
  readonly lastIndex: number
}

/** The writes of a step carry what it changed of term, vote and log, and take back nothing that is committed. */
export const checkWrites = (server: ServerModel, line: StepLine, before: Before): void => {
  const rule = "writes"
  let from = before.lastIndex + 1
  let entries: ReadonlyArray<TracedEntry> = []
  let hardState: TracedHardState = before
  for (const write of line.writes) {
    demand(write.id === server.lastWriteId + 1, rule, `write ${write.id} follows on ${server.lastWriteId}`)
    server.lastWriteId = write.id
    if (write.hardState !== null) hardState = write.hardState
    const { truncateFrom } = write
    if (truncateFrom !== null) {
      demand(truncateFrom > before.commitIndex, rule, "what is committed is taken back")
      demand(truncateFrom < from + entries.length, rule, "what is not there is taken back")
      entries = entries.filter(({ index }) => index < truncateFrom)
      from = Math.min(from, truncateFrom)
    }
    if (write.chunk?.isLast === true) {
      from = write.chunk.snapshot.lastIncludedIndex + 1
      entries = []
    }
    entries = [...entries, ...write.entries]
  }
  demand(hardState.currentTerm === server.currentTerm, rule, "the new term is not written")
  demand(hardState.votedFor === server.votedFor, rule, "the new vote is not written")
  const isLog =
    server.lastIndex === from - 1 + entries.length &&
    entries.every((entry) => isSameEntry(entry, server.log[entry.index - 1]!))
  demand(isLog, rule, "the log is written otherwise than it is")
}

/** What a message promises is on the disk of whoever sends it; a disk of a newer term has had it. */
export const checkPromise = ({ disk, id }: ServerModel, message: TracedMessage): void => {
  const { currentTerm, votedFor } = disk.hardState
  const promised = message._tag === "PreVoteRequest" ? message.term - 1 : message.term
  demand(currentTerm >= promised, "sent", `term ${promised} is not on disk`)
  if (currentTerm > promised) return
  if (message._tag === "RequestVoteRequest") demand(votedFor === id, "sent", "the own vote is not on disk")
  if (message._tag === "RequestVoteResponse" && message.voteGranted) {
    demand(votedFor === message.to, "sent", "the vote is not on disk")
  }
  if (message._tag === "AppendEntriesAccepted") {
    demand(disk.log.length >= message.matchIndex, "sent", "the entries are not on disk")
  }
  if (message._tag === "InstallSnapshotResponse" && message.installed) {
    demand(disk.log.length >= message.lastIncludedIndex, "sent", "the snapshot is not on disk")
  }
}

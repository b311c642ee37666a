/**
 * Answers to whoever is behind (§5.1): a request of an older term is refused
 * with our own, which makes its sender step down. Dropping it could strand that
 * server for ever.
 */
import { answerVote } from "./election.ts"
import { answerHeartbeat } from "./heartbeat.ts"
import { refuseOldSnapshot } from "./installSnapshot.ts"
import type { Message } from "./message.ts"
import type { Output } from "./output.ts"
import { refuseReadIndex } from "./readIndex.ts"
import { refuseOldTerm } from "./replication.ts"
import type { Server } from "./server.ts"
import { answerTimeoutNow } from "./transfer.ts"
import { none } from "./transition.ts"

/** What a message of an older term gets; an old answer gets nothing. */
export const answerOldTerm = (server: Server, message: Message): ReadonlyArray<Output> => {
  switch (message._tag) {
    case "RequestVoteRequest":
      return [answerVote(server, message, false)]
    case "AppendEntriesRequest":
      return [refuseOldTerm(server, message)]
    case "HeartbeatRequest":
      return [answerHeartbeat(server, message)]
    case "InstallSnapshotRequest":
      return [refuseOldSnapshot(server, message)]
    case "TimeoutNowRequest":
      return [answerTimeoutNow(server, message)]
    case "ReadIndexRequest":
      return [refuseReadIndex(server, message)]
    case "PreVoteRequest":
    case "PreVoteResponse":
    case "RequestVoteResponse":
    case "AppendEntriesAccepted":
    case "AppendEntriesRefused":
    case "HeartbeatResponse":
    case "InstallSnapshotResponse":
    case "TimeoutNowResponse":
    case "ReadIndexResponse":
      return none
  }
}

/**
 * Messages for tests that care about who sends what to whom.
 */
import {
  groupId,
  type HeartbeatRequest,
  incarnation,
  logIndex,
  sequence,
  serverId,
  term
} from "@effect-raft/core"
import type { Transport } from "effect-raft"

export const heartbeat = (from: string, to: string, number: number): HeartbeatRequest => ({
  _tag: "HeartbeatRequest",
  group: groupId(0),
  from: serverId(from),
  incarnation: incarnation(1),
  to: serverId(to),
  term: term(1),
  sequence: sequence(number),
  leaderCommit: logIndex(0)
})

/** What a caller is told of a call that failed. */
export const unreachable = (peer: string, number: number): Transport.Inbound => ({
  _tag: "PeerUnreachable",
  peer: serverId(peer),
  sequence: sequence(number)
})

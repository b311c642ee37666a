/**
 * The numbers of the wire format, version 1, frozen: none ever changes or gets
 * a second meaning (docs/wire-format.md).
 */
import type { MemberRole } from "../configuration.ts"
import type { EntryKind } from "../entry.ts"
import type { Message } from "../message.ts"

/** First byte of every message, entry record and configuration. */
export const wireVersion = 1

/** Where the fields of a message's header start. */
export const headerAt = {
  version: 0,
  kind: 1,
  fromLength: 2,
  toLength: 3,
  length: 4,
  group: 8,
  incarnation: 12,
  term: 20,
  sequence: 28
} as const

/** Size of the header; the two ids, the body and optional fields follow. */
export const headerBytes = 36

/** How a message of one tag looks on the wire. */
export interface MessageLayout {
  readonly tag: Message["_tag"]
  /** High half: the conversation; low half: the message within it. */
  readonly kind: number
  /** Size of the body, without entries, what the snapshot in an `InstallSnapshotRequest` holds, or forwarded commands. */
  readonly bodyBytes: number
}

export const messageLayouts: { readonly [Tag in Message["_tag"]]: MessageLayout } = {
  PreVoteRequest: { tag: "PreVoteRequest", kind: 0x40, bodyBytes: 16 },
  PreVoteResponse: { tag: "PreVoteResponse", kind: 0x41, bodyBytes: 1 },
  TimeoutNowRequest: { tag: "TimeoutNowRequest", kind: 0x60, bodyBytes: 0 },
  TimeoutNowResponse: { tag: "TimeoutNowResponse", kind: 0x61, bodyBytes: 0 },
  ReadIndexRequest: { tag: "ReadIndexRequest", kind: 0x70, bodyBytes: 0 },
  ReadIndexResponse: { tag: "ReadIndexResponse", kind: 0x71, bodyBytes: 16 },
  RequestVoteRequest: { tag: "RequestVoteRequest", kind: 0x10, bodyBytes: 16 },
  RequestVoteResponse: { tag: "RequestVoteResponse", kind: 0x11, bodyBytes: 1 },
  AppendEntriesRequest: { tag: "AppendEntriesRequest", kind: 0x20, bodyBytes: 28 },
  AppendEntriesAccepted: { tag: "AppendEntriesAccepted", kind: 0x21, bodyBytes: 8 },
  AppendEntriesRefused: { tag: "AppendEntriesRefused", kind: 0x22, bodyBytes: 32 },
  HeartbeatRequest: { tag: "HeartbeatRequest", kind: 0x30, bodyBytes: 8 },
  HeartbeatResponse: { tag: "HeartbeatResponse", kind: 0x31, bodyBytes: 0 },
  InstallSnapshotRequest: { tag: "InstallSnapshotRequest", kind: 0x50, bodyBytes: 60 },
  ForwardProposalsRequest: { tag: "ForwardProposalsRequest", kind: 0x80, bodyBytes: 20 },
  ForwardProposalsResponse: { tag: "ForwardProposalsResponse", kind: 0x81, bodyBytes: 21 },
  InstallSnapshotResponse: { tag: "InstallSnapshotResponse", kind: 0x51, bodyBytes: 17 }
}

/** A `HeartbeatResponse` that is not `accepted` looks like one that is, but for its kind. */
export const heartbeatRefusedLayout: MessageLayout = { ...messageLayouts.HeartbeatResponse, kind: 0x32 }

/** A `RequestVoteRequest` with `leadershipTransfer` looks like one without, but for its kind. */
export const transferVoteLayout: MessageLayout = { ...messageLayouts.RequestVoteRequest, kind: 0x12 }

/** The layout of each kind, `undefined` where this version knows none. */
export const layoutOfKind: ReadonlyArray<MessageLayout | undefined> = Array.from({ length: 256 }, (_, kind) =>
  [...Object.values(messageLayouts), heartbeatRefusedLayout, transferVoteLayout].find(
    (layout) => layout.kind === kind
  )
)

/** Where the fields of the longer bodies start, counted from the body. */
export const voteAt = { lastLogIndex: 0, lastLogTerm: 8 } as const
export const appendAt = { prevLogIndex: 0, prevLogTerm: 8, leaderCommit: 16, entriesLength: 24 } as const
export const readIndexAt = { asker: 0, readIndex: 8 } as const
export const forwardAt = { leaderTerm: 0, firstOpen: 8, tailLength: 16 } as const
export const forwardAnswerAt = { asker: 0, firstIndex: 8, count: 16, outcome: 20 } as const
/** By their codes. */
export const forwardOutcomes = ["Taken", "NotLeader", "Unknown"] as const
export const refusedAt = { prevLogIndex: 0, conflictTerm: 8, conflictIndex: 16, lastLogIndex: 24 } as const
export const snapshotAt = {
  lastIncludedIndex: 0,
  lastIncludedTerm: 8,
  time: 16,
  size: 24,
  configurationIndex: 32,
  offset: 40,
  checksum: 48,
  configurationLength: 52,
  tailLength: 56
} as const
export const snapshotAnswerAt = { lastIncludedIndex: 0, nextOffset: 8, installed: 16 } as const

export const entryKinds = { NoOp: 0, Command: 1, Configuration: 2, Session: 3 } as const satisfies Record<
  EntryKind,
  number
>

/**
 * `Witness` is reserved: servers that count its vote must not share a
 * configuration with servers that do not.
 */
export const memberRoles = { Voter: 0, Learner: 1, Witness: 2 } as const satisfies Record<MemberRole, number>

/**
 * Claims about types: the compiler is the test.
 */
import { expectTypeOf, test } from "vitest"
import type {
  Event,
  GroupId,
  Incarnation,
  LogIndex,
  Message,
  Output,
  ProposalAnswer,
  Request,
  Response,
  Role,
  Sequence,
  Server,
  ServerId,
  Term,
  WriteId
} from "../src/index.ts"

test("brands do not mix: no number of one kind stands for another", () => {
  expectTypeOf<Term>().not.toExtend<LogIndex>()
  expectTypeOf<LogIndex>().not.toExtend<Term>()
  expectTypeOf<WriteId>().not.toExtend<Sequence>()
  expectTypeOf<Sequence>().not.toExtend<WriteId>()
  expectTypeOf<Incarnation>().not.toExtend<GroupId>()
  expectTypeOf<LogIndex>().not.toExtend<WriteId>()
})

test("a plain number or text is none of them, and each of them is one", () => {
  expectTypeOf<number>().not.toExtend<Term>()
  expectTypeOf<number>().not.toExtend<LogIndex>()
  expectTypeOf<string>().not.toExtend<ServerId>()
  expectTypeOf<Term>().toExtend<number>()
  expectTypeOf<ServerId>().toExtend<string>()
})

test("the Event vocabulary is closed", () => {
  expectTypeOf<Event["_tag"]>().toEqualTypeOf<
    | "TimeAdvanced"
    | "MessageReceived"
    | "CommandsProposed"
    | "LeadershipTransferRequested"
    | "ReadRequested"
    | "ConfigurationChangeRequested"
    | "WritesPersisted"
    | "LogRead"
    | "LogReadFailed"
    | "EntriesApplied"
    | "SnapshotTaken"
    | "SnapshotPersisted"
    | "SnapshotRestored"
    | "PeerUnreachable"
    | "StorageFailed"
  >()
})

test("the Output vocabulary is closed, and everything but a write says what it waits for", () => {
  expectTypeOf<Output["_tag"]>().toEqualTypeOf<
    | "Write"
    | "SendMessage"
    | "ApplyEntries"
    | "ReadLog"
    | "AnswerProposals"
    | "SendSnapshot"
    | "TakeSnapshot"
    | "InstallSnapshot"
    | "CompactLog"
    | "AnswerTransfer"
    | "AnswerReads"
    | "AnswerConfigurationChange"
    | "RoleChanged"
  >()
  expectTypeOf<Exclude<Output, { readonly _tag: "Write" }>["after"]>().toEqualTypeOf<WriteId>()
})

test("the Message vocabulary is closed, and is requests and responses", () => {
  expectTypeOf<Request["_tag"]>().toEqualTypeOf<
    | "PreVoteRequest"
    | "RequestVoteRequest"
    | "AppendEntriesRequest"
    | "HeartbeatRequest"
    | "TimeoutNowRequest"
    | "ReadIndexRequest"
    | "ForwardProposalsRequest"
    | "InstallSnapshotRequest"
  >()
  expectTypeOf<Response["_tag"]>().toEqualTypeOf<
    | "PreVoteResponse"
    | "RequestVoteResponse"
    | "AppendEntriesAccepted"
    | "AppendEntriesRefused"
    | "HeartbeatResponse"
    | "InstallSnapshotResponse"
    | "TimeoutNowResponse"
    | "ReadIndexResponse"
    | "ForwardProposalsResponse"
  >()
  expectTypeOf<Message>().toEqualTypeOf<Request | Response>()
})

test("a proposal is answered definitely, unless it was forwarded", () => {
  expectTypeOf<ProposalAnswer["_tag"]>().toEqualTypeOf<"Appended" | "NotLeader" | "Overloaded" | "Unknown">()
})

test("roles own their data", () => {
  expectTypeOf<Role["_tag"]>().toEqualTypeOf<"Follower" | "PreCandidate" | "Candidate" | "Leader">()
  expectTypeOf<Extract<Role, { readonly _tag: "Follower" }>>().not.toHaveProperty("progress")
  expectTypeOf<Extract<Role, { readonly _tag: "Leader" }>>().not.toHaveProperty("votes")
  expectTypeOf<Server>().not.toHaveProperty("nextIndex")
})

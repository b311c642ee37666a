/**
 * Arbitrary values of everything that has a wire format, with the edges of each
 * field far more often than chance would give them.
 */
import { Arbitrary, Schema } from "effect"
import * as Configuration from "../../src/configuration.ts"
import type { Member } from "../../src/configuration.ts"
import type { Entry } from "../../src/entry.ts"
import {
  groupId,
  type Incarnation,
  type LogIndex,
  logIndex,
  type Sequence,
  sequence,
  type ServerId,
  serverId,
  type Term,
  term
} from "../../src/ids.ts"
import type {
  AppendEntriesRequest,
  ForwardProposalsRequest,
  Header,
  InstallSnapshotRequest,
  Message
} from "../../src/message.ts"
import { encodeSessionCommand } from "../../src/codec/sessionCommandCodec.ts"
import type { SessionCommand } from "../../src/sessions/sessionCommand.ts"

const { MAX_SAFE_INTEGER } = Number

const integer = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const edges = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, MAX_SAFE_INTEGER] as const

const safe = Arbitrary.schema(
  Schema.Union([Schema.Literals(edges), integer(0, 1000), integer(0, MAX_SAFE_INTEGER)])
)

const safeAs = <Branded extends number>(): Arbitrary.Arbitrary<Branded> =>
  Arbitrary.map(safe, (value) => value as Branded)

const letters = Schema.Literals(Array.from("abczABCZ0189._-"))

const serverIds: Arbitrary.Arbitrary<ServerId> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.array(Arbitrary.schema(letters), { minLength: 1, maxLength: 12 }),
    Arbitrary.schema(Schema.Literals([0, 4, 5, 63, 64]))
  ]),
  ([characters, length]) => serverId(characters.join("").padEnd(length, characters.join("")))
)

const headers: Arbitrary.Arbitrary<Header> = Arbitrary.all({
  group: Arbitrary.map(
    Arbitrary.schema(Schema.Union([Schema.Literals([0, 1, 0x8000_0000, 0xffff_ffff]), integer(0, 1000)])),
    groupId
  ),
  from: serverIds,
  incarnation: safeAs<Incarnation>(),
  to: serverIds,
  term: safeAs<Term>(),
  sequence: safeAs<Sequence>()
})

export const payloads: Arbitrary.Arbitrary<Uint8Array> = Arbitrary.map(
  Arbitrary.all([
    Arbitrary.schema(Schema.Uint8Array),
    Arbitrary.schema(Schema.Literals([1, 1, 1, 50, 5000]))
  ]),
  ([bytes, copies]) => {
    const payload = new Uint8Array(bytes.length * copies)
    for (let copy = 0; copy < copies; copy++) payload.set(bytes, copy * bytes.length)
    return payload
  }
)

const noPayload = new Uint8Array(0)

const draft = Arbitrary.all({
  kind: Arbitrary.schema(Schema.Literals(["NoOp", "NoOp", "Command", "Command", "Session"])),
  payload: payloads,
  termRise: Arbitrary.schema(Schema.Literals([0, 0, 0, 1, 0x1_0000_0000])),
  timeRise: Arbitrary.schema(Schema.Literals([0, 1, 17, 0x1_0000_0000]))
})

export const entries: Arbitrary.Arbitrary<Entry> = Arbitrary.map(
  Arbitrary.all({ index: safe, term: safeAs<Term>(), time: safe, draft }),
  ({ index, term, time, draft: { kind, payload } }) => ({
    index: logIndex(Math.max(1, index)),
    term,
    kind,
    time,
    payload: payloadOf(kind, payload)
  })
)

const payloadOf = (kind: "NoOp" | "Command" | "Session", payload: Uint8Array): Uint8Array => {
  if (kind === "NoOp") return noPayload
  if (kind === "Command") return payload
  const numbers = { clientId: logIndex(payload.length), sequence: 7, firstUnacknowledged: 5 }
  return encodeSessionCommand({ _tag: "Execute", ...numbers, command: payload })
}

const entriesMax = 12

/** Entries as a leader has them: contiguous, terms and times never falling, none above its own term. */
const appends: Arbitrary.Arbitrary<AppendEntriesRequest> = Arbitrary.map(
  Arbitrary.all({
    header: headers,
    prevLogIndex: safe,
    prevLogTerm: safe,
    leaderCommit: safeAs<LogIndex>(),
    time: safe,
    drafts: Arbitrary.array(draft, { maxLength: entriesMax })
  }),
  ({ header, prevLogIndex, prevLogTerm, leaderCommit, time, drafts }) => {
    const first = Math.min(prevLogIndex, MAX_SAFE_INTEGER - entriesMax)
    let lastTerm = Math.min(prevLogTerm, header.term)
    let lastTime = time
    const entries = drafts.map(({ kind, payload, termRise, timeRise }, position): Entry => {
      lastTerm = Math.min(lastTerm + termRise, header.term)
      lastTime = Math.min(lastTime + timeRise, MAX_SAFE_INTEGER)
      return {
        index: logIndex(first + 1 + position),
        term: term(lastTerm),
        kind,
        time: lastTime,
        payload: payloadOf(kind, payload)
      }
    })
    return {
      _tag: "AppendEntriesRequest",
      ...header,
      prevLogIndex: logIndex(first),
      prevLogTerm: term(Math.min(prevLogTerm, header.term)),
      entries,
      leaderCommit
    }
  }
)

/** Chunks as a leader sends them: within their snapshot, of a term that is not above its own. */
const chunks: Arbitrary.Arbitrary<InstallSnapshotRequest> = Arbitrary.map(
  Arbitrary.all({
    header: headers,
    lastIncludedIndex: safeAs<LogIndex>(),
    configurationIndex: safe,
    lastIncludedTerm: safe,
    time: safe,
    voters: Arbitrary.array(serverIds, { maxLength: 5 }),
    rest: safe,
    offset: safe,
    chunk: payloads,
    checksum: Arbitrary.schema(integer(0, 0xffff_ffff))
  }),
  ({ checksum, chunk, configurationIndex, header, lastIncludedTerm, offset, rest, voters, ...of }) => {
    const start = Math.min(offset, MAX_SAFE_INTEGER - chunk.length)
    const snapshot = {
      ...of,
      lastIncludedTerm: term(Math.min(lastIncludedTerm, header.term)),
      configuration: Configuration.ofVoters([...new Set(voters)]),
      configurationIndex: logIndex(Math.min(configurationIndex, of.lastIncludedIndex)),
      size: Math.min(MAX_SAFE_INTEGER, start + chunk.length + rest)
    }
    return { _tag: "InstallSnapshotRequest", ...header, snapshot, offset: start, chunk, checksum }
  }
)

/** Commands as a follower sends them on: for a leader of no later term than its own, and of a request that is open. */
const forwards: Arbitrary.Arbitrary<ForwardProposalsRequest> = Arbitrary.map(
  Arbitrary.all({
    header: headers,
    leaderTerm: safe,
    firstOpen: safe,
    drafts: Arbitrary.array(draft, { maxLength: entriesMax })
  }),
  ({ drafts, firstOpen, header, leaderTerm }) => ({
    _tag: "ForwardProposalsRequest",
    ...header,
    leaderTerm: term(Math.min(leaderTerm, header.term)),
    firstOpen: sequence(Math.min(firstOpen, header.sequence)),
    proposals: drafts.map(({ kind, payload }) => {
      const forwarded = kind === "Session" ? kind : "Command"
      return { kind: forwarded, command: payloadOf(forwarded, payload) }
    })
  })
)

const withHeader = <Tag extends Message["_tag"], Body>(
  _tag: Tag,
  body: Arbitrary.Arbitrary<Body>
): Arbitrary.Arbitrary<Header & Body & { readonly _tag: Tag }> =>
  Arbitrary.map(Arbitrary.all([headers, body]), ([header, fields]) => ({ _tag, ...header, ...fields }))

/** Half of them are of a round. */
const heartbeatBodies = Arbitrary.map(
  Arbitrary.all({
    leaderCommit: safeAs<LogIndex>(),
    isRound: Arbitrary.schema(Schema.Boolean),
    round: Arbitrary.all({
      answered: safeAs<Sequence>(),
      answeredBy: safeAs<Incarnation>(),
      confirmed: safeAs<Sequence>(),
      commitIndex: safeAs<LogIndex>()
    })
  }),
  ({ isRound, leaderCommit, round }) => (isRound ? { leaderCommit, round } : { leaderCommit })
)

const heartbeatAnswers = Arbitrary.map(
  Arbitrary.all({
    accepted: Arbitrary.schema(Schema.Boolean),
    isRound: Arbitrary.schema(Schema.Boolean),
    promise: safe
  }),
  ({ accepted, isRound, promise }) => (isRound ? { accepted, promise } : { accepted })
)

/** One generator per tag: the type fails to compile when a message has none. */
export const messages: {
  readonly [Tag in Message["_tag"]]: Arbitrary.Arbitrary<Extract<Message, { _tag: Tag }>>
} = {
  PreVoteRequest: withHeader(
    "PreVoteRequest",
    Arbitrary.all({ lastLogIndex: safeAs<LogIndex>(), lastLogTerm: safeAs<Term>() })
  ),
  PreVoteResponse: withHeader(
    "PreVoteResponse",
    Arbitrary.all({ voteGranted: Arbitrary.schema(Schema.Boolean) })
  ),
  TimeoutNowRequest: withHeader("TimeoutNowRequest", Arbitrary.all({})),
  TimeoutNowResponse: withHeader("TimeoutNowResponse", Arbitrary.all({})),
  ReadIndexRequest: withHeader(
    "ReadIndexRequest",
    Arbitrary.all({ allowsLease: Arbitrary.schema(Schema.Boolean) })
  ),
  ReadIndexResponse: withHeader(
    "ReadIndexResponse",
    Arbitrary.all({ asker: safeAs<Incarnation>(), readIndex: safeAs<LogIndex>() })
  ),
  ForwardProposalsRequest: forwards,
  ForwardProposalsResponse: withHeader(
    "ForwardProposalsResponse",
    Arbitrary.all({
      asker: safeAs<Incarnation>(),
      outcome: Arbitrary.schema(Schema.Literals(["Taken", "NotLeader", "Unknown"])),
      firstIndex: safeAs<LogIndex>(),
      count: Arbitrary.schema(integer(0, 0xffff_ffff))
    })
  ),
  RequestVoteRequest: withHeader(
    "RequestVoteRequest",
    Arbitrary.all({
      lastLogIndex: safeAs<LogIndex>(),
      lastLogTerm: safeAs<Term>(),
      leadershipTransfer: Arbitrary.schema(Schema.Boolean)
    })
  ),
  RequestVoteResponse: withHeader(
    "RequestVoteResponse",
    Arbitrary.all({ voteGranted: Arbitrary.schema(Schema.Boolean) })
  ),
  AppendEntriesRequest: appends,
  AppendEntriesAccepted: withHeader(
    "AppendEntriesAccepted",
    Arbitrary.all({ matchIndex: safeAs<LogIndex>() })
  ),
  AppendEntriesRefused: withHeader(
    "AppendEntriesRefused",
    Arbitrary.all({
      prevLogIndex: safeAs<LogIndex>(),
      conflictTerm: safeAs<Term>(),
      conflictIndex: safeAs<LogIndex>(),
      lastLogIndex: safeAs<LogIndex>()
    })
  ),
  HeartbeatRequest: withHeader("HeartbeatRequest", heartbeatBodies),
  HeartbeatResponse: withHeader("HeartbeatResponse", heartbeatAnswers),
  InstallSnapshotRequest: chunks,
  InstallSnapshotResponse: withHeader(
    "InstallSnapshotResponse",
    Arbitrary.all({
      lastIncludedIndex: safeAs<LogIndex>(),
      nextOffset: safe,
      installed: Arbitrary.schema(Schema.Boolean)
    })
  )
}

/** Text with characters of one to four bytes. */
const texts = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(Schema.Literals(Array.from("a0:/\u0000\u007f\u0080é߿ࠀ\ud7ff\ue000\uffff𐀀😀\u{10ffff}"))),
    {
      maxLength: 20
    }
  ),
  (characters) => characters.join("")
)

const members: Arbitrary.Arbitrary<Member> = Arbitrary.all({
  id: serverIds,
  role: Arbitrary.schema(Schema.Literals(["Voter", "Learner"])),
  priority: Arbitrary.schema(
    Schema.Union([Schema.Literals([0, -1, 0x7fff_ffff, -0x8000_0000]), integer(1, 1000)])
  ),
  address: texts,
  storageId: texts,
  extension: payloads
})

const withDifferentIds = <M extends Member>(members: ReadonlyArray<M>): ReadonlyArray<M> => [
  ...new Map(members.map((member) => [member.id, member])).values()
]

export const configurations: Arbitrary.Arbitrary<Configuration.Configuration> = Arbitrary.map(
  Arbitrary.all({
    members: Arbitrary.array(members, { maxLength: 9 }),
    outgoing: Arbitrary.array(members, { maxLength: 9 }),
    isJoint: Arbitrary.schema(Schema.Boolean),
    autoLeave: Arbitrary.schema(Schema.Boolean)
  }),
  ({ members, outgoing, isJoint, autoLeave }) => {
    const simple = { members: withDifferentIds(members) }
    if (!isJoint || outgoing.length === 0) return simple
    const voters = outgoing.map((member) => ({ ...member, role: "Voter" as const }))
    return { ...simple, outgoing: { members: withDifferentIds(voters), autoLeave } }
  }
)

const counts = Arbitrary.schema(Schema.Literals([0, 1, 64, 0xffff_ffff]))
const limits = Arbitrary.all({ sessionsMax: counts, answersMax: counts, silenceMillisMax: safe })

/** One generator per tag, as for messages. */
export const sessionCommands: {
  readonly [Tag in SessionCommand["_tag"]]: Arbitrary.Arbitrary<Extract<SessionCommand, { _tag: Tag }>>
} = {
  Register: Arbitrary.map(limits, (limits) => ({ _tag: "Register", limits })),
  Execute: Arbitrary.map(
    Arbitrary.all({
      clientId: safeAs<LogIndex>(),
      sequence: safe,
      firstUnacknowledged: safe,
      command: payloads
    }),
    (fields) => ({ _tag: "Execute", ...fields })
  ),
  KeepAlive: Arbitrary.map(
    Arbitrary.all({ clientId: safeAs<LogIndex>(), firstUnacknowledged: safe }),
    (fields) => ({ _tag: "KeepAlive", ...fields })
  ),
  Close: Arbitrary.map(safeAs<LogIndex>(), (clientId) => ({ _tag: "Close", clientId }))
}

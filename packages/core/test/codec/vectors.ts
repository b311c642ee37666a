/**
 * The v1 byte vectors, written by hand from docs/wire-format.md and frozen:
 * these bytes decode to these values in every later version. A change here is a
 * change of the format and breaks clusters; new vectors may be added.
 */
import { type Configuration, learner, ofVoters, voter } from "../../src/configuration.ts"
import type { Entry } from "../../src/entry.ts"
import { groupId, incarnation, logIndex, sequence, serverId, term } from "../../src/ids.ts"
import type { Header, Message } from "../../src/message.ts"
import { fromHex } from "./hex.ts"

export interface Vector<T> {
  readonly name: string
  readonly value: T
  readonly bytes: Uint8Array
}

const vector = <T>(name: string, value: T, hex: ReadonlyArray<string>): Vector<T> => ({
  name,
  value,
  bytes: fromHex(hex.join(""))
})

const header: Header = {
  group: groupId(7),
  from: serverId("s1"),
  incarnation: incarnation(0x01_0203_0405_0607),
  to: serverId("s2"),
  term: term(5),
  sequence: sequence(0x1_0000_0002)
}

/** All of the header but version, kind, lengths of ids and length; then both ids. */
const headerTail = "00000007 0001020304050607 0000000000000005 0000000100000002 7331 7332"

const noOp: Entry = {
  index: logIndex(10),
  term: term(5),
  kind: "NoOp",
  time: 1000,
  payload: new Uint8Array(0)
}

const command: Entry = {
  index: logIndex(11),
  term: term(5),
  kind: "Command",
  time: 1001,
  payload: Uint8Array.of(0x68, 0x69)
}

const votersHex = "01 00 0000 00000020 00000001 00000014 02 00 00000000 0000 0000 00000000 7331"

const configuration: Entry = {
  index: logIndex(12),
  term: term(5),
  kind: "Configuration",
  time: 1002,
  payload: fromHex(votersHex)
}

const executeHex = "01 01 0000 00000022 000000000000000a 0000000000000007 0000000000000005 6869"

const session: Entry = {
  index: logIndex(13),
  term: term(5),
  kind: "Session",
  time: 1003,
  payload: fromHex(executeHex)
}

const noOpHex = "01 00 0000 00000000 000000000000000a 0000000000000005 00000000000003e8"
const commandHex = "01 01 0000 00000002 000000000000000b 0000000000000005 00000000000003e9 6869"
const configurationHex = `01 02 0000 00000020 000000000000000c 0000000000000005 00000000000003ea ${votersHex}`

export const entryVectors: ReadonlyArray<Vector<Entry>> = [
  vector("a no-op", noOp, [noOpHex]),
  vector("a command", command, [commandHex]),
  vector(
    "an entry of the largest numbers",
    {
      index: logIndex(Number.MAX_SAFE_INTEGER),
      term: term(Number.MAX_SAFE_INTEGER),
      kind: "Command",
      time: Number.MAX_SAFE_INTEGER,
      payload: Uint8Array.of(0xff)
    },
    ["01 01 0000 00000001 001fffffffffffff 001fffffffffffff 001fffffffffffff ff"]
  ),
  vector("a configuration", configuration, [configurationHex]),
  vector("a session command", session, [
    `01 03 0000 00000022 000000000000000d 0000000000000005 00000000000003eb ${executeHex}`
  ])
]

const message = (value: Message, hex: ReadonlyArray<string>): Vector<Message> =>
  vector(value._tag, value, hex)

export const messageVectors: ReadonlyArray<Vector<Message>> = [
  message(
    {
      _tag: "RequestVoteRequest",
      ...header,
      lastLogIndex: logIndex(9),
      lastLogTerm: term(4),
      leadershipTransfer: false
    },
    ["01 10 02 02 00000038", headerTail, "0000000000000009 0000000000000004"]
  ),
  message(
    {
      _tag: "RequestVoteRequest",
      ...header,
      lastLogIndex: logIndex(9),
      lastLogTerm: term(4),
      leadershipTransfer: true
    },
    ["01 12 02 02 00000038", headerTail, "0000000000000009 0000000000000004"]
  ),
  message({ _tag: "PreVoteRequest", ...header, lastLogIndex: logIndex(9), lastLogTerm: term(4) }, [
    "01 40 02 02 00000038",
    headerTail,
    "0000000000000009 0000000000000004"
  ]),
  message({ _tag: "PreVoteResponse", ...header, voteGranted: true }, [
    "01 41 02 02 00000029",
    headerTail,
    "01"
  ]),
  message({ _tag: "ReadIndexRequest", ...header, allowsLease: false }, ["01 70 02 02 00000028", headerTail]),
  message({ _tag: "ReadIndexResponse", ...header, asker: incarnation(3), readIndex: logIndex(9) }, [
    "01 71 02 02 00000038",
    headerTail,
    "0000000000000003 0000000000000009"
  ]),
  message(
    {
      _tag: "ForwardProposalsRequest",
      ...header,
      leaderTerm: term(5),
      firstOpen: sequence(0x1_0000_0001),
      proposals: [
        { kind: "Command", command: Uint8Array.of(0x68, 0x69) },
        { kind: "Session", command: fromHex(executeHex) }
      ]
    },
    [
      "01 80 02 02 0000006a",
      headerTail,
      "0000000000000005 0000000100000001 0000002e",
      `01 00000002 6869 03 00000022 ${executeHex}`
    ]
  ),
  message(
    {
      _tag: "ForwardProposalsResponse",
      ...header,
      asker: incarnation(3),
      outcome: "Taken",
      firstIndex: logIndex(9),
      count: 2
    },
    ["01 81 02 02 0000003d", headerTail, "0000000000000003 0000000000000009 00000002 00"]
  ),
  message({ _tag: "TimeoutNowRequest", ...header }, ["01 60 02 02 00000028", headerTail]),
  message({ _tag: "TimeoutNowResponse", ...header }, ["01 61 02 02 00000028", headerTail]),
  message({ _tag: "RequestVoteResponse", ...header, voteGranted: true }, [
    "01 11 02 02 00000029",
    headerTail,
    "01"
  ]),
  message({ _tag: "RequestVoteResponse", ...header, voteGranted: false }, [
    "01 11 02 02 00000029",
    headerTail,
    "00"
  ]),
  message(
    {
      _tag: "AppendEntriesRequest",
      ...header,
      prevLogIndex: logIndex(9),
      prevLogTerm: term(4),
      entries: [],
      leaderCommit: logIndex(8)
    },
    ["01 20 02 02 00000044", headerTail, "0000000000000009 0000000000000004 0000000000000008 00000000"]
  ),
  message(
    {
      _tag: "AppendEntriesRequest",
      ...header,
      prevLogIndex: logIndex(9),
      prevLogTerm: term(4),
      entries: [noOp, command],
      leaderCommit: logIndex(8)
    },
    [
      "01 20 02 02 00000086",
      headerTail,
      "0000000000000009 0000000000000004 0000000000000008 00000042",
      noOpHex,
      commandHex
    ]
  ),
  message({ _tag: "AppendEntriesAccepted", ...header, matchIndex: logIndex(11) }, [
    "01 21 02 02 00000030",
    headerTail,
    "000000000000000b"
  ]),
  message(
    {
      _tag: "AppendEntriesRefused",
      ...header,
      prevLogIndex: logIndex(9),
      conflictTerm: term(3),
      conflictIndex: logIndex(7),
      lastLogIndex: logIndex(8)
    },
    [
      "01 22 02 02 00000048",
      headerTail,
      "0000000000000009 0000000000000003 0000000000000007 0000000000000008"
    ]
  ),
  message({ _tag: "HeartbeatRequest", ...header, leaderCommit: logIndex(8) }, [
    "01 30 02 02 00000030",
    headerTail,
    "0000000000000008"
  ]),
  message({ _tag: "HeartbeatResponse", ...header, accepted: true }, ["01 31 02 02 00000028", headerTail]),
  message({ _tag: "HeartbeatResponse", ...header, accepted: false }, ["01 32 02 02 00000028", headerTail]),
  vector<Message>(
    "AppendEntriesRequest with a configuration",
    {
      _tag: "AppendEntriesRequest",
      ...header,
      prevLogIndex: logIndex(11),
      prevLogTerm: term(5),
      entries: [configuration],
      leaderCommit: logIndex(8)
    },
    [
      "01 20 02 02 00000084",
      headerTail,
      "000000000000000b 0000000000000005 0000000000000008 00000040",
      configurationHex
    ]
  ),
  message(
    {
      _tag: "InstallSnapshotRequest",
      ...header,
      snapshot: {
        lastIncludedIndex: logIndex(9),
        lastIncludedTerm: term(4),
        time: 1000,
        configuration: { members: [] },
        configurationIndex: logIndex(0),
        size: 7
      },
      offset: 0,
      chunk: new Uint8Array(0),
      checksum: 0
    },
    [
      "01 50 02 02 00000070",
      headerTail,
      "0000000000000009 0000000000000004 00000000000003e8 0000000000000007",
      "0000000000000000 0000000000000000",
      "00000000 0000000c 0000000c",
      "01 00 0000 0000000c 00000000"
    ]
  ),
  message(
    {
      _tag: "InstallSnapshotRequest",
      ...header,
      snapshot: {
        lastIncludedIndex: logIndex(9),
        lastIncludedTerm: term(4),
        time: 1000,
        configuration: ofVoters([serverId("s1")]),
        configurationIndex: logIndex(8),
        size: 7
      },
      offset: 4,
      chunk: Uint8Array.of(0x61, 0x62, 0x63),
      checksum: 0x3524_41c2
    },
    [
      "01 50 02 02 00000087",
      headerTail,
      "0000000000000009 0000000000000004 00000000000003e8 0000000000000007",
      "0000000000000008 0000000000000004",
      "352441c2 00000020 00000023",
      "01 00 0000 00000020 00000001",
      "00000014 02 00 00000000 0000 0000 00000000 7331",
      "616263"
    ]
  ),
  message(
    {
      _tag: "InstallSnapshotResponse",
      ...header,
      lastIncludedIndex: logIndex(9),
      nextOffset: 7,
      installed: true
    },
    ["01 51 02 02 00000039", headerTail, "0000000000000009 0000000000000007 01"]
  )
]

export const configurationVectors: ReadonlyArray<Vector<Configuration>> = [
  vector("a configuration without members", { members: [] }, ["01 00 0000 0000000c 00000000"]),
  vector(
    "a configuration of a voter and a learner",
    {
      members: [
        {
          id: serverId("s1"),
          role: "Voter",
          priority: 3,
          address: "a:1",
          storageId: "é",
          extension: Uint8Array.of(0xff, 0)
        },
        {
          id: serverId("s2"),
          role: "Learner",
          priority: -1,
          address: "",
          storageId: "",
          extension: new Uint8Array(0)
        }
      ]
    },
    [
      "01 00 0000 0000003b 00000002",
      "0000001b 02 00 00000003 0003 0002 00000002 7331 613a31 c3a9 ff00",
      "00000014 02 01 ffffffff 0000 0000 00000000 7332"
    ]
  ),
  vector(
    "a joint configuration that is left by itself",
    {
      members: [voter(serverId("s2")), learner(serverId("s1"))],
      outgoing: { members: [voter(serverId("s1"))], autoLeave: true }
    },
    [
      "01 01 0001 00000048 00000002",
      "00000014 02 00 00000000 0000 0000 00000000 7332",
      "00000014 02 01 00000000 0000 0000 00000000 7331",
      "00000014 02 00 00000000 0000 0000 00000000 7331"
    ]
  ),
  vector(
    "a joint configuration that waits to be left, with an outgoing voter of another address",
    {
      members: [voter(serverId("s1"), { address: "b" })],
      outgoing: {
        members: [voter(serverId("s1"), { address: "a" }), voter(serverId("s2"))],
        autoLeave: false
      }
    },
    [
      "01 00 0002 0000004a 00000001",
      "00000015 02 00 00000000 0001 0000 00000000 7331 62",
      "00000015 02 00 00000000 0001 0000 00000000 7331 61",
      "00000014 02 00 00000000 0000 0000 00000000 7332"
    ]
  )
]

/** With optional fields: of these, some bits may be flipped into fields that this version does not know. */
export const hintVectors: ReadonlyArray<Vector<Message>> = [
  vector<Message>(
    "HeartbeatRequest of a round",
    {
      _tag: "HeartbeatRequest",
      ...header,
      leaderCommit: logIndex(8),
      round: {
        answered: sequence(3),
        answeredBy: incarnation(5),
        confirmed: sequence(6),
        commitIndex: logIndex(9)
      }
    },
    [
      "01 30 02 02 00000054",
      headerTail,
      "0000000000000008",
      "0001 0020 0000000000000003 0000000000000005 0000000000000006 0000000000000009"
    ]
  ),
  vector<Message>(
    "HeartbeatResponse with a promise",
    { _tag: "HeartbeatResponse", ...header, accepted: true, promise: 300 },
    ["01 31 02 02 00000034", headerTail, "0001 0008 000000000000012c"]
  ),
  vector<Message>(
    "ReadIndexRequest that a lease may answer",
    { _tag: "ReadIndexRequest", ...header, allowsLease: true },
    ["01 70 02 02 0000002c", headerTail, "0001 0000"]
  )
]

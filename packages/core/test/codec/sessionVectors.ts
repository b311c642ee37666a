/**
 * The v1 byte vectors of sessions, written by hand from docs/wire-format.md and frozen: these bytes decode to
 * these values in every later version.
 */
import { logIndex } from "../../src/ids.ts"
import type { SessionCommand } from "../../src/sessions/sessionCommand.ts"
import * as Sessions from "../../src/sessions/sessions.ts"
import { fromHex } from "./hex.ts"
import type { Vector } from "./vectors.ts"

const { MAX_SAFE_INTEGER } = Number

export const sessionCommandVectors: ReadonlyArray<Vector<SessionCommand>> = [
  {
    name: "a registration",
    value: { _tag: "Register", limits: { sessionsMax: 1000, answersMax: 64, silenceMillisMax: 3_600_000 } },
    bytes: fromHex("01 00 0000 00000018 000003e8 00000040 000000000036ee80")
  },
  {
    name: "a command to be executed once",
    value: {
      _tag: "Execute",
      clientId: logIndex(10),
      sequence: 7,
      firstUnacknowledged: 5,
      command: Uint8Array.of(0x68, 0x69)
    },
    bytes: fromHex("01 01 0000 00000022 000000000000000a 0000000000000007 0000000000000005 6869")
  },
  {
    name: "an empty command of the largest numbers",
    value: {
      _tag: "Execute",
      clientId: logIndex(MAX_SAFE_INTEGER),
      sequence: MAX_SAFE_INTEGER,
      firstUnacknowledged: MAX_SAFE_INTEGER,
      command: new Uint8Array(0)
    },
    bytes: fromHex("01 01 0000 00000020 001fffffffffffff 001fffffffffffff 001fffffffffffff")
  },
  {
    name: "a sign of life",
    value: { _tag: "KeepAlive", clientId: logIndex(10), firstUnacknowledged: 8 },
    bytes: fromHex("01 02 0000 00000018 000000000000000a 0000000000000008")
  },
  {
    name: "the end of a session",
    value: { _tag: "Close", clientId: logIndex(10) },
    bytes: fromHex("01 03 0000 00000010 000000000000000a")
  }
]

const limits = { sessionsMax: 3, answersMax: 4, silenceMillisMax: 100 }

/** Two sessions, of which the first was heard last: it has two answers, the second has none. */
const twoSessions = [
  {
    clientId: logIndex(2),
    activeIndex: logIndex(9),
    activeTime: 8,
    firstUnacknowledged: 3,
    slots: [
      { _tag: "Answered" as const, sequence: 3, answer: Uint8Array.of(0xaa) },
      { _tag: "Answered" as const, sequence: 5, answer: new Uint8Array(0) }
    ]
  },
  { clientId: logIndex(4), activeIndex: logIndex(4), activeTime: 7, firstUnacknowledged: 1, slots: [] }
].reduce<Sessions.Sessions<Uint8Array>>(Sessions.added, {
  ...Sessions.empty,
  limits,
  lastIndex: logIndex(9),
  lastTime: 8
})

export const sessionsVectors: ReadonlyArray<Vector<Sessions.Sessions<Uint8Array>>> = [
  {
    name: "a table without sessions",
    value: Sessions.empty,
    bytes: fromHex(
      "01 000000 0000002c 00000000 00000000 0000000000000000 0000000000000000 0000000000000000 00000000"
    )
  },
  {
    name: "a table of two sessions",
    value: twoSessions,
    bytes: fromHex(
      [
        "01 000000 0000008d 00000003 00000004 0000000000000064 0000000000000009 0000000000000008 00000002",
        "0000000000000002 0000000000000009 0000000000000008 0000000000000003 00000002",
        "0000000000000003 00000001 aa 0000000000000005 00000000",
        "0000000000000004 0000000000000004 0000000000000007 0000000000000001 00000000"
      ].join("")
    )
  }
]

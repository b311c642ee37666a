/**
 * One server under test whose two peers are the test itself.
 */
import {
  bootstrapSnapshot,
  Configuration,
  type Entry,
  groupId,
  type Header,
  incarnation,
  logIndex,
  type Message,
  sequence,
  serverId,
  term,
  writeId
} from "@effect-raft/core"
import { Effect, Queue } from "effect"
import { MemoryDisk } from "../../src/index.ts"
import {
  gatedDisk,
  type GatedDisk,
  makeWire,
  pass,
  persisterOf,
  settle,
  type StartOptions,
  startServer,
  transportOf,
  type Wire
} from "./servers.ts"

/** Server `s0` of `s0`, `s1`, `s2`; the test speaks for the others. */
export const startAlone = Effect.fnUntraced(function* (
  from: Partial<Pick<StartOptions, "options" | "machine">> & { readonly disk?: GatedDisk } = {}
) {
  const wire = yield* makeWire
  const disk = from.disk ?? gatedDisk()
  const running = yield* startServer({
    ...from,
    id: "s0",
    bootstrap: ["s0", "s1", "s2"],
    persister: persisterOf(disk),
    transport: transportOf(wire)
  })
  yield* settle
  return { ...running, wire, disk }
})

/** As `startAlone`, and `s1` has voted for it. */
export const startLeading = Effect.fnUntraced(function* (from: Parameters<typeof startAlone>[0] = {}) {
  const alone = yield* startAlone(from)
  yield* pass(from.options?.electionTimeoutMax ?? "600 millis")
  const request = last(alone.wire, "RequestVoteRequest", "s1")
  yield* hear(alone.wire, { ...header("s1", request), _tag: "RequestVoteResponse", voteGranted: true })
  return alone
})

/** A message arrives, and its consequences come to rest. */
export const hear = (wire: Wire, message: Message): Effect.Effect<void> =>
  Effect.andThen(Queue.offer(wire.inbox, { _tag: "MessageReceived", message }), settle)

/** Header of a message from a peer to the server under test: of a response, if there is a request. */
export const header = (from: string, of: { readonly term: number; readonly sequence: number }): Header => ({
  group: groupId(0),
  from: serverId(from),
  incarnation: incarnation(1),
  to: serverId("s0"),
  term: term(of.term),
  sequence: sequence(of.sequence)
})

type Tag = Message["_tag"]
type Tagged<T extends Tag> = Extract<Message, { readonly _tag: T }>

/** Messages of one kind that the server under test has sent, oldest first. */
export const sentOf = <T extends Tag>(
  { sent }: { readonly sent: ReadonlyArray<Message> },
  tag: T,
  to?: string
): ReadonlyArray<Tagged<T>> =>
  sent.filter(
    (message): message is Tagged<T> => message._tag === tag && (to === undefined || message.to === to)
  )

export const last = <T extends Tag>(wire: Wire, tag: T, to: string): Tagged<T> => {
  const found = sentOf(wire, tag, to).at(-1)
  if (found === undefined) throw new Error(`no ${tag} was sent to ${to}`)
  return found
}

const encoder = new TextEncoder()

/** A command as another leader would have put it into its log. */
export const entry = (index: number, of: number, command: string): Entry => ({
  index: logIndex(index),
  term: term(of),
  kind: "Command",
  time: 0,
  payload: encoder.encode(JSON.stringify(command))
})

export interface AppendOf {
  readonly term: number
  readonly sequence: number
  readonly prev?: readonly [index: number, term: number]
  readonly entries?: ReadonlyArray<Entry>
  readonly leaderCommit?: number
}

/** An AppendEntries of leader `s1`. */
export const appendFrom = ({ entries = [], leaderCommit = 0, prev = [0, 0], ...of }: AppendOf): Message => ({
  ...header("s1", of),
  _tag: "AppendEntriesRequest",
  prevLogIndex: logIndex(prev[0]),
  prevLogTerm: term(prev[1]),
  entries,
  leaderCommit: logIndex(leaderCommit)
})

/** A disk of a server of `s0`, `s1`, `s2` that holds `count` commands of term 1: `"1"`, `"2"`, … */
export const fill = Effect.fnUntraced(function* (disk: MemoryDisk.MemoryDisk, count: number) {
  const persister = MemoryDisk.persister(disk)
  yield* persister.bootstrap(bootstrapSnapshot(Configuration.ofVoters(["s0", "s1", "s2"].map(serverId))))
  const entries = Array.from({ length: count }, (_, position) => entry(position + 1, 1, `${position + 1}`))
  yield* persister.submit([
    {
      _tag: "Write",
      id: writeId(1),
      hardState: { currentTerm: term(1), votedFor: undefined },
      truncateFrom: undefined,
      chunk: undefined,
      entries
    }
  ])
})

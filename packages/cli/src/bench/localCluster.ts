/**
 * Servers in one process that hand each other messages by function calls: the
 * reducer and nothing else, as its peers' benchmarks run it.
 *
 * Each server is turned as a driver would turn it: what its mailbox holds, then
 * storage (which confirms at once here), then `TimeAdvanced` if anything is due.
 */
import {
  type AnswerReads,
  bootstrapSnapshot,
  Configuration,
  defaultServerOptions,
  describeSnapshot,
  emptyState,
  type Event,
  groupId,
  incarnation,
  logIndex,
  type Message,
  nextDeadline,
  type Proposal,
  restart,
  type Server,
  serverId,
  type ServerId,
  step
} from "@effect-raft/core"

/** Entries between two local compactions: memory stays flat, the cost per entry small. */
const compactEvery = 4096

/** One server with its mailbox. */
export interface Seat {
  server: Server
  /** Messages that wait, in its first `waiting` places: the array is kept, for growing one costs more than a message. */
  readonly mailbox: Array<Message>
  waiting: number
}

export interface LocalCluster {
  readonly seats: ReadonlyArray<Seat>
  /** Virtual milliseconds; moved only to elect a leader. */
  now: number
  messages: number
  readsAnswered: number
  /** What a message becomes on its way: itself, or what its codec makes of it. */
  readonly carry: (message: Message) => Message
}

export const make = (servers: number, carry: (message: Message) => Message): LocalCluster => {
  const ids = Array.from({ length: servers }, (_, position) => serverId(`s${position}`))
  const snapshot = bootstrapSnapshot(Configuration.ofVoters(ids))
  const seats = ids.map((id, position): Seat => ({
    server: restart({
      id,
      group: groupId(0),
      incarnation: incarnation(position + 1),
      options: { ...defaultServerOptions, trailingEntries: 0 },
      persistent: { ...emptyState, snapshot },
      lastApplied: logIndex(0),
      at: 0
    }),
    mailbox: [],
    waiting: 0
  }))
  return { seats, now: 0, messages: 0, readsAnswered: 0, carry }
}

/** Lets time pass until a leader is elected and everybody is quiet. */
export const elect = (cluster: LocalCluster): Seat => {
  for (let millis = 0; millis < 60_000; millis += 10) {
    cluster.now += 10
    for (const seat of cluster.seats) turn(cluster, seat, noEvents)
    drain(cluster)
    const leader = cluster.seats.find((seat) => seat.server.role._tag === "Leader")
    if (leader !== undefined) return leader
  }
  throw new Error("no leader within a virtual minute without faults")
}

/** Turns servers until no mailbox holds a message. */
export const drain = (cluster: LocalCluster): void => {
  let isBusy = true
  while (isBusy) {
    isBusy = false
    for (const seat of cluster.seats) {
      if (seat.waiting === 0) continue
      isBusy = true
      turn(cluster, seat, noEvents)
    }
  }
}

/** Tells a server something before its turn. */
export const tell = (cluster: LocalCluster, seat: Seat, event: Event): void => {
  seat.server = take(cluster, seat.server, event)
}

/** One turn: waiting messages, these proposals, storage, the state machine, time. */
export const turn = (
  cluster: LocalCluster,
  seat: Seat,
  events: ReadonlyArray<ReadonlyArray<Proposal>>
): void => {
  const at = cluster.now
  const { mailbox, waiting } = seat
  let server = seat.server
  for (let taken = 0; taken < waiting; taken++) {
    server = take(cluster, server, { _tag: "MessageReceived", at, message: mailbox[taken]! })
  }
  seat.waiting = 0
  for (const proposals of events) server = take(cluster, server, { _tag: "CommandsProposed", at, proposals })
  const { lastId, persistedThrough } = server.writes
  if (lastId > persistedThrough)
    server = take(cluster, server, { _tag: "WritesPersisted", at, through: lastId })
  while (server.apply.orderedThrough > server.apply.lastApplied) {
    server = take(cluster, server, { _tag: "EntriesApplied", at, through: server.apply.orderedThrough })
  }
  if (nextDeadline(server) <= at) server = take(cluster, server, { _tag: "TimeAdvanced", at })
  if (server.apply.lastApplied - server.log.lastIncludedIndex >= compactEvery) {
    server = compacted(cluster, server)
  }
  seat.server = server
}

/** Forgets what is applied, as if a snapshot of it had been saved. */
const compacted = (cluster: LocalCluster, server: Server): Server => {
  const described = describeSnapshot(server, server.apply.lastApplied)
  if (described === undefined) throw new Error("what was applied last is in memory")
  const snapshot = { ...described, size: 0 }
  return take(cluster, server, { _tag: "SnapshotPersisted", at: cluster.now, snapshot })
}

const take = (cluster: LocalCluster, server: Server, event: Event): Server => {
  const [next, outputs] = step(server, event)
  for (const output of outputs) {
    if (output._tag === "SendMessage") deliver(cluster, output.message)
    else if (output._tag === "AnswerReads") countAnswers(cluster, output)
  }
  return next
}

const countAnswers = (cluster: LocalCluster, { answers }: AnswerReads): void => {
  for (const { _tag } of answers) if (_tag === "Ready") cluster.readsAnswered++
}

const noEvents: ReadonlyArray<ReadonlyArray<Proposal>> = []

/** Taken by a later turn, after this one's writes are confirmed: whatever `after` says holds by then. */
const deliver = (cluster: LocalCluster, message: Message): void => {
  const seat = seatOf(cluster.seats, message.to)
  seat.mailbox[seat.waiting++] = cluster.carry(message)
  cluster.messages++
}

const seatOf = (seats: ReadonlyArray<Seat>, id: ServerId): Seat => {
  for (const seat of seats) if (seat.server.self.id === id) return seat
  throw new Error(`no server ${id}`)
}

/**
 * Servers in one process that hand each other messages by function calls: the
 * reducer and nothing else, as its peers' benchmarks run it.
 *
 * Each server is turned as a driver would turn it: what its mailbox holds, then
 * storage (which confirms at once here), then `TimeAdvanced`.
 */
import {
  bootstrapSnapshot,
  Configuration,
  defaultServerOptions,
  emptyState,
  type Event,
  groupId,
  incarnation,
  logIndex,
  type LogIndex,
  type Message,
  type Output,
  type Proposal,
  restart,
  type Server,
  serverId,
  step
} from "@effect-raft/core"

/** Entries between two local compactions: memory stays flat, the cost per entry small. */
const compactEvery = 4096

/** One server with its mailbox. */
export interface Seat {
  server: Server
  mailbox: Array<Message>
  /** Highest index in an `ApplyEntries` output. */
  applied: LogIndex
  compacted: LogIndex
}

export interface LocalCluster {
  readonly seats: ReadonlyArray<Seat>
  readonly seatOf: ReadonlyMap<string, Seat>
  /** Virtual milliseconds; moved only to elect a leader. */
  now: number
  messages: number
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
      options: defaultServerOptions,
      persistent: { ...emptyState, snapshot },
      lastApplied: logIndex(0),
      at: 0
    }),
    mailbox: [],
    applied: logIndex(0),
    compacted: logIndex(0)
  }))
  const seatOf = new Map(ids.map((id, position) => [id, seats[position]!]))
  return { seats, seatOf, now: 0, messages: 0, carry }
}

/** Lets time pass until a leader is elected and everybody is quiet. */
export const elect = (cluster: LocalCluster): Seat => {
  for (let millis = 0; millis < 60_000; millis += 10) {
    cluster.now += 10
    for (const seat of cluster.seats) turn(cluster, seat, undefined)
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
      if (seat.mailbox.length === 0) continue
      isBusy = true
      turn(cluster, seat, undefined)
    }
  }
}

const nothing: Array<Message> = []

/** One turn: waiting messages, these proposals, storage, time. */
export const turn = (
  cluster: LocalCluster,
  seat: Seat,
  proposals: ReadonlyArray<Proposal> | undefined
): void => {
  const at = cluster.now
  const messages = seat.mailbox
  if (messages.length > 0) seat.mailbox = nothing
  for (const message of messages) take(cluster, seat, { _tag: "MessageReceived", at, message })
  if (proposals !== undefined) take(cluster, seat, { _tag: "CommandsProposed", at, proposals })
  const { lastId, persistedThrough } = seat.server.writes
  if (lastId > persistedThrough) take(cluster, seat, { _tag: "WritesPersisted", at, through: lastId })
  take(cluster, seat, { _tag: "TimeAdvanced", at })
  if (seat.applied - seat.compacted >= compactEvery) {
    seat.compacted = seat.applied
    take(cluster, seat, { _tag: "SnapshotTaken", at, index: seat.applied })
  }
}

/** A grown array would cost more than the message it holds. */
const post = (seat: Seat, message: Message): void => {
  if (seat.mailbox.length === 0) seat.mailbox = [message]
  else seat.mailbox.push(message)
}

const take = (cluster: LocalCluster, seat: Seat, event: Event): void => {
  const [server, outputs] = step(seat.server, event)
  seat.server = server
  for (const output of outputs) run(cluster, seat, output)
}

const run = (cluster: LocalCluster, seat: Seat, output: Output): void => {
  switch (output._tag) {
    case "SendMessage": {
      // Taken by a later turn, after this one's writes are confirmed: whatever `after` says holds by then.
      cluster.messages++
      post(cluster.seatOf.get(output.message.to)!, cluster.carry(output.message))
      return
    }
    case "ApplyEntries": {
      seat.applied = output.entries[output.entries.length - 1]!.index
      take(cluster, seat, { _tag: "EntriesApplied", at: cluster.now, through: seat.applied })
      return
    }
    case "Write":
    case "ReadLog":
    case "AnswerProposals":
    case "RoleChanged":
      return
  }
}

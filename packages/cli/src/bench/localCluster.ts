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
  type Entry,
  type Event,
  groupId,
  incarnation,
  InvariantViolation,
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

interface Seat {
  server: Server
  mailbox: Array<Message>
  /** Highest index in an `ApplyEntries` output. */
  applied: LogIndex
  compacted: number
}

export interface LocalCluster {
  readonly seats: ReadonlyArray<Seat>
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
      lastApplied: 0 as LogIndex,
      at: 0
    }),
    mailbox: [],
    applied: 0 as LogIndex,
    compacted: 0
  }))
  return { seats, now: 0, messages: 0, carry }
}

/** Lets time pass until a leader is elected and everybody is quiet. */
export const elect = (cluster: LocalCluster): Seat => {
  for (let round = 0; round < 10_000; round++) {
    const leader = cluster.seats.find((seat) => seat.server.role._tag === "Leader")
    if (leader !== undefined) return leader
    cluster.now += 10
    for (const seat of cluster.seats) turn(cluster, seat, [])
    drain(cluster)
  }
  throw new InvariantViolation("a leader is elected in 100 virtual seconds without faults")
}

/** Turns servers until no mailbox holds a message. */
export const drain = (cluster: LocalCluster): void => {
  let isBusy = true
  while (isBusy) {
    isBusy = false
    for (const seat of cluster.seats) {
      if (seat.mailbox.length === 0) continue
      isBusy = true
      turn(cluster, seat, [])
    }
  }
}

/** One turn: waiting messages, these proposals one event each, storage, time. */
export const turn = (
  cluster: LocalCluster,
  seat: Seat,
  proposals: ReadonlyArray<ReadonlyArray<Proposal>>
): void => {
  const at = cluster.now
  const messages = seat.mailbox
  seat.mailbox = []
  for (const message of messages) take(cluster, seat, { _tag: "MessageReceived", at, message })
  for (const batch of proposals) take(cluster, seat, { _tag: "CommandsProposed", at, proposals: batch })
  const { lastId, persistedThrough } = seat.server.writes
  if (lastId > persistedThrough) take(cluster, seat, { _tag: "WritesPersisted", at, through: lastId })
  take(cluster, seat, { _tag: "TimeAdvanced", at })
  if (seat.applied - seat.compacted >= compactEvery) {
    seat.compacted = seat.applied
    take(cluster, seat, { _tag: "SnapshotTaken", at, index: seat.applied })
  }
}

const take = (cluster: LocalCluster, seat: Seat, event: Event): void => {
  const [server, outputs] = step(seat.server, event)
  seat.server = server
  for (const output of outputs) run(cluster, seat, output)
}

const run = (cluster: LocalCluster, seat: Seat, output: Output): void => {
  switch (output._tag) {
    case "SendMessage": {
      // Delivered by a later turn, when this turn's writes are confirmed: no order is needed between them here.
      const message = cluster.carry(output.message)
      cluster.messages++
      cluster.seats.find((other) => other.server.self.id === message.to)!.mailbox.push(message)
      return
    }
    case "ApplyEntries": {
      seat.applied = last(output.entries).index
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

const last = (entries: ReadonlyArray<Entry>): Entry => entries[entries.length - 1]!

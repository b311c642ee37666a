/**
 * Hosts and messages without what only dates or numbers them: the exploration is finite because it goes on
 * from normal forms, and two states are the same if and only if their normal forms are.
 *
 * What is normalised, and why the rest of a run cannot tell, is argued point by point in
 * `docs/exploration.md`. A field that is not named here is compared in full, so a new one can only make
 * states more, never wrong.
 */
import {
  isRequest,
  type Message,
  type Role,
  sequence,
  type SendMessage,
  type Server,
  type ServerOptions,
  term,
  type Write,
  type WriteId,
  writeId
} from "@effect-raft/core"
import { type Renaming, text } from "./canonicalText.ts"
import type { Host } from "./host.ts"

/** The clock stands at 0, each timer is due when it would be if it had just begun, numbers begin anew. */
export const normalHost = ({ disk, held, server, writes }: Host): Host => {
  const since = server.writes.persistedThrough
  return {
    server: normalServer(server),
    disk,
    writes: writes.map((write): Write => ({ ...write, id: lowered(write.id, since) })),
    held: distinct(
      held.map((output) => ({
        ...output,
        after: lowered(output.after, since),
        message: normalMessage(output.message)
      }))
    )
  }
}

/** Messages are sent once and for ever, so of two that are the same only the earlier makes a difference. */
const distinct = (held: ReadonlyArray<SendMessage>): ReadonlyArray<SendMessage> => {
  const earliest = new Map<string, SendMessage>()
  for (const output of held) {
    const key = text(output.message, unchanged)
    if ((earliest.get(key)?.after ?? Infinity) > output.after) earliest.set(key, output)
  }
  return [...earliest.values()]
}

const unchanged: Renaming = new Map()

/** All requests of one term have one number: what a response answers is told by the term that was asked in. */
export const normalMessage = (message: Message): Message => {
  const undated = withoutDates(message)
  return isRequest(undated) ? { ...undated, sequence: sequence(undated.term) } : undated
}

/** What heartbeats say of times and numbers serves leases and reads alone, and the model has neither. */
const withoutDates = (message: Message): Message => {
  if (message._tag === "HeartbeatRequest" && message.round !== undefined) {
    const { round: _, ...request } = message
    return request
  }
  if (message._tag === "HeartbeatResponse" && message.promise !== undefined) {
    const { promise: _, ...response } = message
    return response
  }
  return message
}

const normalServer = (server: Server): Server => {
  const { apply, log, now, reads, self, writes } = server
  const { storageStallTimeout } = self.options
  return {
    ...server,
    now: 0,
    random: 0,
    // Nothing is forwarded in the model, and nothing read by clocks.
    reads: {
      ...reads,
      forwards: { open: [], taken: { term: term(0), isKnown: true, forwarders: [] } },
      beats: []
    },
    lastSequence: sequence(0),
    lastReadId: 0,
    log: { ...log, bytesAppended: 0 },
    apply: { ...apply, retryAt: 0 },
    role: normalRole(server, self.options),
    writes: {
      ...writes,
      lastId: lowered(writes.lastId, writes.persistedThrough),
      hardStateId: lowered(writes.hardStateId, writes.persistedThrough),
      persistedThrough: writeId(0),
      inFlight: mapped(writes.inFlight, (write) => ({
        ...write,
        id: lowered(write.id, writes.persistedThrough),
        // Stuck for good, until it is durable.
        issuedAt: now - write.issuedAt >= storageStallTimeout ? -storageStallTimeout : 0
      }))
    }
  }
}

const normalRole = ({ currentTerm, now, role }: Server, options: ServerOptions): Role => {
  const { checkQuorum, electionTimeoutMax, electionTimeoutMin, heartbeatInterval, preVote } = options
  switch (role._tag) {
    case "Follower":
      return {
        ...role,
        electionTimeout: electionTimeoutMax,
        electionDeadline: electionTimeoutMax,
        // Nobody asks for it otherwise.
        noVoteBefore: (checkQuorum || preVote) && role.noVoteBefore > now ? electionTimeoutMin : 0
      }
    case "PreCandidate":
      return { ...role, ...ballotTimes(options), sequenceBefore: sequence(currentTerm) }
    case "Candidate":
      return { ...role, ...ballotTimes(options), sequenceBefore: sequence(currentTerm - 1) }
    case "Leader":
      return {
        ...role,
        heartbeatAt: role.heartbeatAt <= now ? 0 : heartbeatInterval,
        bytesCommitted: 0,
        tenure: { ...role.tenure, electedAt: 0, bytesBefore: 0 },
        // Whatever was answered, the next silence may be long enough to step down.
        contact: { rounds: [], checkAt: electionTimeoutMax, pledges: [], undatedThrough: sequence(0) },
        transfer: role.transfer && { ...role.transfer, deadline: electionTimeoutMax },
        progress: role.progress.map((peer) => ({
          ...peer,
          answered: sequence(0),
          // No peer comes and goes in the model, so every answer is one of its present stay.
          sequenceBefore: sequence(0),
          inflight: mapped(peer.inflight, (append) => ({ ...append, sequence: sequence(0), sentAt: 0 }))
        }))
      }
  }
}

const ballotTimes = (options: ServerOptions) => ({
  electionDeadline: options.electionTimeoutMax,
  retryAt: options.heartbeatInterval
})

/** What is durable already waits for nothing, whichever write it was. */
const lowered = (id: WriteId, through: WriteId): WriteId => writeId(Math.max(0, id - through))

type Items = Server["writes"]["inFlight"]["backing"] | Inflights
type Inflights = Extract<Role, { _tag: "Leader" }>["progress"][number]["inflight"]["backing"]

interface Visible<Item> {
  readonly backing: ReadonlyArray<Item>
  readonly start: number
  readonly end: number
}

/** The list with each visible item replaced; it shares nothing with the old one. */
const mapped = <Item extends Items[number]>(
  { backing, end, start }: Visible<Item>,
  change: (item: Item) => Item
): Visible<Item> => ({ backing: backing.slice(start, end).map(change), start: 0, end: end - start })

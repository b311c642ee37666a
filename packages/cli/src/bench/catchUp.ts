/**
 * A leader and a learner with empty storage, which needs the leader's snapshot:
 * the reducer at both ends, and as much of storage as carries the bytes.
 */
import {
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
  type Output,
  restart,
  type Server,
  serverId,
  type ServerId,
  step,
  withChunk
} from "@effect-raft/core"

/** The largest snapshot there is to send. */
export const snapshotBytesMax = 67_108_864

const source = new Uint8Array(snapshotBytesMax).fill(0x61)
const stored = new Uint8Array(snapshotBytesMax)

const ids = [serverId("s0"), serverId("s1")] as const

interface Side {
  server: Server
  /** What its next turn takes. */
  mailbox: Array<Event>
}

/** One transfer from the first question to the restored state machine; gives the number of messages. */
export const catchUp = (carry: (message: Message) => Message, size: number): number => {
  const sides = ids.map((id, position): Side => ({ server: begin(id, position), mailbox: [] }))
  const [leader, learner] = sides as [Side, Side]
  let messages = 0
  let now = 0

  const deliver = (message: Message): void => {
    messages++
    const to = message.to === ids[0] ? leader : learner
    to.mailbox.push({ _tag: "MessageReceived", at: now, message: carry(message) })
  }
  const take = (side: Side, event: Event): void => {
    const [server, outputs] = step(side.server, event)
    side.server = server
    for (const output of outputs) obey(side, output, now, deliver)
  }
  const turn = (side: Side): void => {
    const events = side.mailbox
    side.mailbox = []
    for (const event of events) take(side, { ...event, at: now })
    if (nextDeadline(side.server) <= now) take(side, { _tag: "TimeAdvanced", at: now })
  }

  let isKept = false
  for (let turns = 0; learner.server.apply.lastApplied === 0; turns++) {
    if (turns > 1_000_000) throw new Error("a server that holds nothing was not brought up to date")
    const { lastApplied } = leader.server.apply
    if (!isKept && lastApplied > 0) {
      isKept = true
      const snapshot = { ...describeSnapshot(leader.server, lastApplied)!, size }
      leader.mailbox.push({ _tag: "SnapshotPersisted", at: now, snapshot })
    }
    if (leader.mailbox.length === 0 && learner.mailbox.length === 0) now += 50
    turn(leader)
    // Nothing reaches it before the log is forgotten.
    if (isKept) turn(learner)
    else learner.mailbox = []
  }
  return messages
}

const begin = (id: ServerId, position: number): Server => {
  const configuration = { members: [Configuration.voter(ids[0]), Configuration.learner(ids[1])] }
  return restart({
    id,
    group: groupId(0),
    incarnation: incarnation(position + 1),
    options: { ...defaultServerOptions, trailingEntries: 0 },
    persistent: position === 0 ? { ...emptyState, snapshot: bootstrapSnapshot(configuration) } : emptyState,
    lastApplied: logIndex(0),
    at: 0
  })
}

/** Storage confirms at once: whatever `after` says holds when the next turn takes what follows. */
const obey = (side: Side, output: Output, at: number, deliver: (message: Message) => void): void => {
  switch (output._tag) {
    case "SendMessage":
      return deliver(output.message)
    case "SendSnapshot": {
      const { length, request } = output
      return deliver(withChunk(request, source.slice(request.offset, request.offset + length)))
    }
    case "Write":
      if (output.chunk !== undefined) stored.set(output.chunk.bytes, output.chunk.offset)
      return void side.mailbox.push({ _tag: "WritesPersisted", at, through: output.id })
    case "ApplyEntries":
      return void side.mailbox.push({ _tag: "EntriesApplied", at, through: output.entries.at(-1)!.index })
    case "InstallSnapshot":
      return void side.mailbox.push({
        _tag: "SnapshotRestored",
        at,
        index: output.snapshot.lastIncludedIndex
      })
    case "ReadLog":
    case "TakeSnapshot":
    case "CompactLog":
    case "AnswerProposals":
    case "AnswerReads":
    case "AnswerTransfer":
    case "AnswerConfigurationChange":
    case "RoleChanged":
      return undefined
  }
}

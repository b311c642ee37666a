/**
 * One server of the model with what its driver would hold: its disk, the writes on their way there, and
 * the messages that wait for them. A value; `perform` makes the next one.
 *
 * A write is durable as a whole or not at all, and writes become durable in their order (the contract of
 * `Write`). The state machine applies at once, and lives in memory: a crash takes it along.
 */
import {
  bootstrapSnapshot,
  type Configuration,
  type Entry,
  type Event,
  groupId,
  type HardState,
  incarnation,
  logIndex,
  type Message,
  type Output,
  type PersistentState,
  type SendMessage,
  type Server,
  type ServerId,
  type ServerOptions,
  term,
  type TermRun,
  type Write
} from "@effect-raft/core"
import type { Action, Wait } from "./action.ts"
import type { Reducer } from "./reducer.ts"

/** What a crash leaves. */
export interface Disk {
  readonly hardState: HardState
  /** The log from index 1 on. */
  readonly entries: ReadonlyArray<Entry>
}

export interface Host {
  readonly server: Server
  readonly disk: Disk
  /** Ordered and not durable, oldest first. */
  readonly writes: ReadonlyArray<Write>
  /** Sent once the write of their `after` is durable. */
  readonly held: ReadonlyArray<SendMessage>
}

/** A message at the moment it leaves, with what is durable where it comes from. */
export interface Sent {
  readonly message: Message
  readonly disk: Disk
}

/** A host's next value, and what left it on the way there. */
export interface Performed {
  readonly host: Host
  readonly sent: ReadonlyArray<Sent>
}

/** `Slow`: a write takes any time, and a crash may lose it. `Prompt`: it is durable before anything else happens. */
export type DiskPace = "Slow" | "Prompt"

/** What is the same for all hosts. */
export interface Setting {
  readonly reducer: Reducer
  readonly options: ServerOptions
  readonly configuration: Configuration.Configuration
  readonly disk: DiskPace
  /** Whether somebody may ask a leader to hand over. */
  readonly hasTransfers: boolean
  /** Names the next life of a server. */
  readonly incarnation: number
}

const emptyDisk: Disk = { hardState: { currentTerm: term(0), votedFor: undefined }, entries: [] }

export const firstHost = (setting: Setting, id: ServerId): Host => restarted(setting, id, 0, emptyDisk)

const restarted = (setting: Setting, id: ServerId, at: number, disk: Disk): Host => ({
  server: setting.reducer.restart({
    id,
    group: groupId(0),
    incarnation: incarnation(setting.incarnation),
    options: setting.options,
    persistent: persistentOf(setting, disk),
    lastApplied: logIndex(0),
    at
  }),
  disk,
  writes: [],
  held: []
})

const persistentOf = ({ configuration }: Setting, { entries, hardState }: Disk): PersistentState => ({
  hardState,
  snapshot: bootstrapSnapshot(configuration),
  lastIndex: logIndex(entries.length),
  configurations: [],
  termRuns: entries.reduce<ReadonlyArray<TermRun>>(
    (runs, { index, term }) => (runs.at(-1)?.term === term ? runs : [...runs, { from: index, term }]),
    []
  ),
  tail: entries
})

/** The one command of the model. Two entries of one index and term are told apart nowhere, and need not be. */
const command = Uint8Array.of(1)

/** What this action makes of the host. Throws what the reducer throws. */
export const perform = (setting: Setting, host: Host, action: Action): Performed => {
  const performed = begun(setting, host, action)
  return setting.disk === "Prompt" ? settled(setting, performed) : performed
}

const settled = (setting: Setting, { host, sent }: Performed): Performed => {
  if (host.writes.length === 0) return { host, sent }
  const next = persisted(setting, host, host.writes.length)
  return settled(setting, { host: next.host, sent: [...sent, ...next.sent] })
}

const begun = (setting: Setting, host: Host, action: Action): Performed => {
  const at = host.server.now
  switch (action._tag) {
    case "Deliver":
      return turned(setting, host, { _tag: "MessageReceived", at, message: action.message })
    case "Wait":
      return turned(setting, host, { _tag: "TimeAdvanced", at: at + delay(setting.options, action.until) })
    case "Propose":
      return turned(setting, host, { _tag: "CommandsProposed", at, proposals: [{ id: 1, command }] })
    case "Transfer":
      return turned(setting, host, { _tag: "LeadershipTransferRequested", at, id: 1, target: action.target })
    case "Persist":
      return persisted(setting, host, action.count)
    case "Crash":
      return { host: restarted(setting, host.server.self.id, at, host.disk), sent: [] }
  }
}

/** Each is long enough for its own timer and shorter than any of the next. */
const delay = (options: ServerOptions, until: Wait): number => {
  switch (until) {
    case "Turn":
      return 0
    case "Heartbeat":
      return options.heartbeatInterval
    case "Silence":
      return options.electionTimeoutMin
    case "Election":
      return options.electionTimeoutMax
    case "Stall":
      return options.storageStallTimeout
  }
}

/** The first `count` writes reach the disk one by one, each lets go what waited for it, and then the server hears of it. */
const persisted = (setting: Setting, host: Host, count: number): Performed => {
  let { disk, held } = host
  const sent: Array<Sent> = []
  const through = host.writes[count - 1]!.id
  for (const write of host.writes.slice(0, count)) {
    disk = written(disk, write)
    for (const { after, message } of held) if (after <= write.id) sent.push({ message, disk })
    held = held.filter(({ after }) => after > write.id)
  }
  const current = { ...host, disk, held, writes: host.writes.slice(count) }
  const event: Event = { _tag: "WritesPersisted", at: host.server.now, through }
  const next = turned(setting, current, event)
  return { host: next.host, sent: [...sent, ...next.sent] }
}

const written = (disk: Disk, { entries, hardState, truncateFrom }: Write): Disk => ({
  hardState: hardState ?? disk.hardState,
  entries: [
    ...(truncateFrom === undefined ? disk.entries : disk.entries.slice(0, truncateFrom - 1)),
    ...entries
  ]
})

/** Steps the event, and carries out what it orders. */
const turned = (setting: Setting, host: Host, event: Event): Performed => {
  const [server, outputs] = setting.reducer.step(host.server, event)
  let performed: Performed = { host: { ...host, server }, sent: [] }
  for (const output of outputs) performed = carriedOut(setting, performed, output)
  return performed
}

const carriedOut = (setting: Setting, { host, sent }: Performed, output: Output): Performed => {
  const { server } = host
  switch (output._tag) {
    case "Write":
      return { host: { ...host, writes: [...host.writes, output] }, sent }
    case "SendMessage":
      return output.after > server.writes.persistedThrough
        ? { host: { ...host, held: [...host.held, output] }, sent }
        : { host, sent: [...sent, { message: output.message, disk: host.disk }] }
    case "ApplyEntries": {
      const through = output.entries.at(-1)!.index
      const next = turned(setting, host, { _tag: "EntriesApplied", at: server.now, through })
      return { host: next.host, sent: [...sent, ...next.sent] }
    }
    case "ReadLog":
      throw new Error("the model keeps the whole log in memory")
    case "AnswerProposals":
    case "AnswerReads":
    case "AnswerConfigurationChange":
    case "AnswerTransfer":
    case "RoleChanged":
      return { host, sent }
  }
}

/**
 * Whether a trace is a run of the specification: every action allowed where it
 * stands, every state what the actions make of it, every message sent once what
 * it promises is durable, and received once it was sent.
 *
 * It reads lines and nothing else (docs/trace.md): the library that wrote them
 * has no part in it.
 */
import { perform } from "./actions.ts"
import { Cluster, isSameEntry } from "./Cluster.ts"
import { areSame } from "./configuration.ts"
import { textOf } from "./Network.ts"
import { demand, Rejection } from "./rejection.ts"
import type { ServerModel } from "./ServerModel.ts"
import { Step } from "./Step.ts"
import { checkPromise, checkWrites } from "./storage.ts"
import type {
  ApplyingLine,
  DiskLine,
  MessageLine,
  RestartLine,
  StepLine,
  TracedAction,
  TraceLine
} from "./traceLine.ts"

/** The whole trace is a run, or several; how often each action happened. */
export interface Accepted {
  readonly _tag: "Accepted"
  readonly lines: number
  readonly actions: Readonly<Record<string, number>>
}

export interface Rejected {
  readonly _tag: "Rejected"
  /** The first line that no run has here, counted from 1. */
  readonly line: number
  /** The action it is about or, between actions, the rule. */
  readonly rule: string
  readonly detail: string
}

export type TraceVerdict = Accepted | Rejected

/** Reads the lines of a trace, each a JSON object, in their order. */
export const checkTrace = (lines: Iterable<string>): TraceVerdict => {
  const examination = new Examination()
  let number = 0
  try {
    for (const text of lines) {
      number++
      examination.examine(parse(text))
    }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return { _tag: "Rejected", line: number, rule: error.rule, detail: error.detail }
  }
  return { _tag: "Accepted", lines: number, actions: Object.fromEntries(examination.counts) }
}

const parse = (text: string): TraceLine => {
  try {
    return JSON.parse(text) as TraceLine
  } catch {
    throw new Rejection("line", "this is no JSON")
  }
}

class Examination {
  readonly counts = new Map<string, number>()
  private cluster: Cluster | undefined

  examine(line: TraceLine): void {
    if (line.line === "run") {
      this.cluster = new Cluster(line.options)
      return
    }
    const { cluster } = this
    demand(cluster !== undefined, "run", "the first line says what the run is")
    switch (line.line) {
      case "restart":
        this.tally(line.actions)
        return restart(cluster, line)
      case "crash":
        return crash(cluster, line)
      case "persisted":
        return persist(cluster, line)
      case "step":
        this.tally(line.actions)
        return take(cluster, line)
      case "sent":
        return send(cluster, line)
      case "delivered":
      case "lost":
        this.tally(line.actions)
        return end(cluster, line)
      case "applying":
        return applying(cluster, line)
      case "call":
      case "return":
        return
      default:
        throw new Rejection("line", `there is no kind of line ${String((line as { line: unknown }).line)}`)
    }
  }

  private tally(actions: ReadonlyArray<TracedAction>): void {
    for (const { name } of actions) this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }
}

/** `Init` or `Restart(i)`: what is durable, and nothing else. */
const restart = (cluster: Cluster, line: RestartLine): void => {
  const name = line.actions[0]?.name ?? "Restart"
  demand(name === "Init" || name === "Restart", name, "a life begins otherwise")
  const server = name === "Init" ? cluster.add(line) : cluster.server(line.server)
  demand(!server.isRunning, name, "it runs already")
  server.restart()
  server.incarnation = line.incarnation
  server.now = line.at
  server.loyalUntil = cluster.options.checkQuorum ? line.at + cluster.options.electionTimeoutMin : line.at
  // A state machine may be durable: what it holds is committed, and applied.
  demand(line.lastApplied === line.commitIndex, name, "more is known committed than is applied")
  demand(line.commitIndex <= cluster.committed.length, name, "nobody committed so much")
  demand(line.lastIncludedIndex <= line.lastApplied, name, "a snapshot holds more than is applied")
  server.lastApplied = line.lastApplied
  server.commitIndex = 0
  server.lastIncludedIndex = line.lastIncludedIndex
  cluster.commit(server, line.commitIndex, name)
  compare(cluster, server, line, name)
}

const crash = (cluster: Cluster, line: DiskLine): void => {
  const server = cluster.server(line.server)
  demand(server.isRunning, "crash", "it does not run")
  persist(cluster, line)
  server.crash()
}

/** A prefix of what was ordered has become durable. */
const persist = (cluster: Cluster, line: DiskLine): void => {
  const server = cluster.server(line.server)
  const { disk } = server
  while (server.writes.length > 0 && server.writes[0]!.id <= line.through) {
    server.persist(server.writes.shift()!, cluster.committed)
  }
  const { currentTerm, votedFor } = line.hardState
  demand(disk.through === line.through, line.line, `no write ${line.through} was ordered`)
  demand(disk.log.length === line.lastIndex, line.line, `the disk's log ends at ${disk.log.length}`)
  demand(disk.hardState.currentTerm === currentTerm, line.line, "the disk holds another term")
  demand(disk.hardState.votedFor === votedFor, line.line, "the disk holds another vote")
}

/** One transition: its event, its actions, and what they come to. */
const take = (cluster: Cluster, line: StepLine): void => {
  const server = cluster.server(line.server)
  demand(server.isRunning, "step", `${line.server} does not run`)
  demand(!server.hasFailed || line.actions.length === 0, "step", "its storage has failed")
  server.now = Math.max(server.now, line.at)
  const { message } = line.event
  if (message !== undefined) receive(server, textOf(message))
  const { commitIndex, currentTerm, lastIndex, votedFor } = server
  const step = new Step(cluster, server, line)
  for (const action of line.actions) perform(step, action)
  if (line.event._tag === "StorageFailed") server.hasFailed = true
  step.finish()
  compare(cluster, server, line, "step")
  checkWrites(server, line, { commitIndex, currentTerm, lastIndex, votedFor })
  server.writes.push(...line.writes)
  for (const ordered of line.messages) {
    const { after: _after, ...sent } = ordered
    const text = textOf(sent)
    server.ordered.set(text, [...(server.ordered.get(text) ?? []), ordered])
  }
}

const receive = (server: ServerModel, text: string): void => {
  const count = server.mailbox.get(text) ?? 0
  demand(count > 0, "Receive", `it has not arrived: ${text}`)
  if (count === 1) server.mailbox.delete(text)
  else server.mailbox.set(text, count - 1)
}

/** The state and the configuration that a line tells are the specification's. */
const compare = (cluster: Cluster, server: ServerModel, line: StepLine | RestartLine, rule: string): void => {
  const difference = server.differenceTo(line)
  if (difference !== undefined) throw new Rejection(rule, difference)
  const { configuration: members, outgoing } = line
  const isInForce = areSame({ members, outgoing }, cluster.configurations.inForce(server))
  demand(isInForce, rule, "another configuration is in force")
}

/** What was ordered leaves, once what it waits for is durable. */
const send = (cluster: Cluster, { message, server: id }: MessageLine): void => {
  const server = cluster.server(id)
  const text = textOf(message)
  const waiting = server.ordered.get(text) ?? []
  const position = waiting.findIndex(({ after }) => after <= server.disk.through)
  demand(waiting.length > 0, "sent", `nobody ordered it: ${text}`)
  demand(position !== -1, "sent", `write ${waiting[0]?.after} is not durable, and it waits for that: ${text}`)
  if (waiting.length === 1) server.ordered.delete(text)
  else server.ordered.set(text, waiting.toSpliced(position, 1))
  checkPromise(server, message)
  cluster.network.send(message)
}

/** A message arrives, or never will. */
const end = (cluster: Cluster, { actions, line, message, server: id }: MessageLine): void => {
  for (const { name } of actions) if (name === "DuplicateMessage") cluster.network.duplicate(message)
  if (line !== "delivered") return cluster.network.take(message, "DropMessage")
  cluster.network.take(message, "Receive")
  demand(message.to === id, "Receive", `it is for ${message.to}`)
  const { mailbox } = cluster.server(id)
  const text = textOf(message)
  mailbox.set(text, (mailbox.get(text) ?? 0) + 1)
}

/** State machines get what is committed, in its order. */
const applying = (cluster: Cluster, { entries, server: id }: ApplyingLine): void => {
  const server = cluster.server(id)
  entries.forEach((entry, position) => {
    const own = server.log[entry.index - 1]
    demand(entry.index === server.lastApplied + 1 + position, "applying", "entries are left out or repeated")
    demand(entry.index <= server.commitIndex, "applying", `${entry.index} is not committed`)
    demand(own !== undefined && isSameEntry(own, entry), "applying", `${entry.index} is not the log's`)
  })
}

/**
 * The clients of a simulated cluster, and what they saw: every operation with
 * its call, its return and what is known of its outcome.
 *
 * A client that was told "not the leader" tries elsewhere: nothing was appended.
 * One that hears nothing until its patience ends does not know, and never asks
 * the same thing again.
 */
import type { Entry, ProposalAnswer, ReadAnswer, ServerId } from "@effect-raft/core"
import type { SeededRandom } from "../SeededRandom.ts"
import { type Answer, type Command, payloadNumber } from "./KvMachine.ts"
import { Payloads } from "./Payloads.ts"
import type { Seat } from "./Seat.ts"
import { check } from "./violation.ts"

export interface WorkloadPlan {
  /** Clients that wait for one answer before they ask again. */
  readonly clients: number
  /** Rest between an answer and the next question (ms). */
  readonly thinkMax: number
  /** Questions that come whether or not the last one was answered; 0: none of these. */
  readonly operationsPerSecond: number
  /** How long a client waits for an answer (ms). */
  readonly timeout: number
  readonly keys: number
  /** Of a thousand `get`s, those that take no place in the log. */
  readonly readsPerMille: number
  /** Of a thousand of those, the ones that ask any server, and not who leads. */
  readonly readsAnywherePerMille: number
  /** Of a thousand commands, those asked of any server, which may send them on to its leader. None, if left out. */
  readonly forwardsPerMille?: number
  /** No more operations than this are begun. */
  readonly operationsMax: number
}

/** `fail`: it has had and will have no effect. `unknown`: nobody can say. */
export type Status = "open" | "ok" | "fail" | "unknown"

/** One operation of a client; changed until it ends. */
export interface Operation {
  readonly number: number
  readonly client: number
  readonly command: Command
  /** A `get` that takes no place in the log (ReadIndex). */
  readonly isRead: boolean
  /** Whoever is asked may send it on to its leader. */
  readonly mayBeForwarded: boolean
  /** Virtual time of the call, and of its end (ms). */
  readonly call: number
  return: number
  status: Status
  result: Answer
  /** Where the leader that took it put it; of a read, what the state machine that answered it had applied. */
  index: number
  term: number
  /** A server has it and has not refused it: it may take effect. */
  isTaken: boolean
}

/** What the clients need of the world. */
export interface Servers {
  readonly now: number
  readonly seats: ReadonlyArray<Seat>
  readonly after: (millis: number, action: () => void) => void
  readonly turnSoon: (seat: Seat) => void
}

/** Told when a client's call begins or ends. */
export interface OperationObserver {
  readonly operationCalled?: (operation: Operation) => void
  readonly operationEnded?: (operation: Operation) => void
}

const backoffMillis = 20

const nothing = (): void => undefined

export class Workload {
  readonly operations: Array<Operation> = []
  okCount = 0
  /** Answers that arrived while another server led than the one first asked. */
  redirects = 0
  private readonly plan: WorkloadPlan
  private readonly random: SeededRandom
  private readonly servers: Servers
  private readonly observers: ReadonlyArray<OperationObserver>
  /** Whom clients ask first. */
  private leaderGuess = 0
  private startedAt = 0
  /** Operations before this position have ended; a timer waits for the one there. */
  private expired = 0
  private isExpiring = false
  private isOver = false
  private readonly idleClients: Array<number> = []
  private clientsCount = 0
  /** By position of the operation: what follows its end. */
  private readonly followUps: Array<(operation: Operation) => void> = []
  private open = 0
  private readonly payloads = new Payloads()
  private readonly keyNames: ReadonlyArray<string>

  constructor(
    plan: WorkloadPlan,
    random: SeededRandom,
    servers: Servers,
    observers: ReadonlyArray<OperationObserver>
  ) {
    this.plan = plan
    this.random = random
    this.servers = servers
    this.observers = observers
    this.keyNames = Array.from({ length: plan.keys }, (_, position) => `k${position}`)
  }

  begin(): void {
    this.startedAt = this.servers.now
    for (let client = 0; client < this.plan.clients; client++) {
      this.servers.after(1 + this.random.below(this.plan.thinkMax + 1), () => this.goOn())
    }
    if (this.plan.operationsPerSecond > 0) this.keepAsking(0)
  }

  /** Nobody asks anything new. */
  stop(): void {
    this.isOver = true
  }

  get openCount(): number {
    return this.open
  }

  commandOf(entry: Entry): Command | undefined {
    return entry.kind === "Command" ? this.operations[payloadNumber(entry.payload) - 1]?.command : undefined
  }

  /** Asks one thing, and says when it has ended. */
  ask(
    command: Command,
    first: number,
    ended: (operation: Operation) => void,
    { isRead = false, mayBeForwarded = false }: Partial<Pick<Operation, "isRead" | "mayBeForwarded">> = {}
  ): void {
    const operation: Operation = {
      number: this.operations.length + 1,
      client: this.idleClients.pop() ?? this.clientsCount++,
      command,
      isRead,
      mayBeForwarded,
      call: this.servers.now,
      return: 0,
      status: "open",
      result: null,
      index: 0,
      term: 0,
      isTaken: false
    }
    this.operations.push(operation)
    this.followUps.push(ended)
    this.open++
    for (const observer of this.observers) observer.operationCalled?.(operation)
    this.attempt(operation, first)
    if (this.isExpiring) return
    this.isExpiring = true
    this.servers.after(this.plan.timeout, this.expire)
  }

  /** Patience is the same for all, so it ends in the order of the calls: one timer does. */
  private readonly expire = (): void => {
    const { timeout } = this.plan
    while (this.expired < this.operations.length) {
      const operation = this.operations[this.expired]!
      const wait = operation.call + timeout - this.servers.now
      if (wait > 0 && operation.status === "open") return this.servers.after(wait, this.expire)
      this.expired++
      this.end(operation, operation.isTaken ? "unknown" : "fail", null)
    }
    this.isExpiring = false
  }

  /** A server said what became of a proposal: in the step that took it or, if it sent it on, once it was told. */
  answered(seat: Seat, answer: ProposalAnswer): void {
    const operation = this.operations[answer.id - 1]!
    switch (answer._tag) {
      case "Appended":
        operation.index = answer.index
        operation.term = answer.term
        // It was applied before this server heard that the entry is its client's: these servers keep no results.
        if (answer.index <= seat.machine.lastApplied) return this.end(operation, "unknown", null)
        seat.pending.push({ operation: answer.id, index: answer.index, term: answer.term })
        return
      case "NotLeader":
        return this.refused(operation, this.positionOf(answer.leaderId))
      case "Overloaded":
        return this.refused(operation, seat.position)
      case "Unknown":
        return this.end(operation, "unknown", null)
    }
  }

  /** A server said whether it may read now. If so, the answer is what its state machine holds. */
  read(seat: Seat, answer: ReadAnswer): void {
    const operation = this.operations[answer.id - 1]!
    switch (answer._tag) {
      case "Ready": {
        const { lastApplied, map } = seat.machine
        check(
          lastApplied >= answer.readIndex,
          "ReadsWait",
          () => `${seat.id} may read at ${answer.readIndex}, and has applied ${lastApplied}`
        )
        const result = map.get(operation.command.key) ?? null
        this.servers.after(this.hop(), () => {
          if (operation.status === "open") operation.index = lastApplied
          this.end(operation, "ok", result)
        })
        return
      }
      case "NotLeader":
        return this.refused(operation, this.positionOf(answer.leaderId))
      case "TimedOut":
      case "NoClockDriftBound":
      case "TooStale":
        return this.refused(operation, this.positionOf(undefined))
    }
  }

  /** A server applied entries; these are the answers of its state machine. */
  applied(seat: Seat, entries: ReadonlyArray<Entry>, answers: ReadonlyArray<Answer>): void {
    const first = entries[0]!.index
    const last = entries[entries.length - 1]!.index
    const due = seat.pending.filter(({ index }) => index <= last)
    if (due.length === 0) return
    seat.pending = seat.pending.filter(({ index }) => index > last)
    for (const { index, operation: number, term } of due) {
      const operation = this.operations[number - 1]!
      const isOurs = index >= first && entries[index - first]!.term === term
      const result = isOurs ? answers[index - first]! : null
      this.servers.after(this.hop(), () => {
        if (isOurs) this.leaderGuess = seat.position
        this.end(operation, isOurs ? "ok" : "fail", result)
      })
    }
  }

  /** A snapshot stands for what was pending here: what came of it this server will not know. */
  covered(seat: Seat, through: number): void {
    seat.pending = seat.pending.filter(({ index }) => index > through)
  }

  private goOn(): void {
    if (this.isOver || this.operations.length >= this.plan.operationsMax) return
    this.askSomething(() => {
      this.servers.after(1 + this.random.below(this.plan.thinkMax + 1), () => this.goOn())
    })
  }

  private askSomething(ended: () => void): void {
    const command = this.drawCommand()
    const isRead = command.op === "get" && this.random.chance(this.plan.readsPerMille)
    // Any server may be asked to read; most clients know who leads.
    const first =
      isRead && this.random.chance(this.plan.readsAnywherePerMille)
        ? this.positionOf(undefined)
        : this.firstGuess()
    const { forwardsPerMille = 0 } = this.plan
    const mayBeForwarded = !isRead && forwardsPerMille > 0 && this.random.chance(forwardsPerMille)
    this.ask(command, mayBeForwarded ? this.positionOf(undefined) : first, ended, { isRead, mayBeForwarded })
  }

  /** The position of a server, or of any if it is not known. */
  private positionOf(id: ServerId | undefined): number {
    const known = this.servers.seats.find((seat) => seat.id === id)?.position
    return known ?? this.random.below(this.servers.seats.length)
  }

  /** Evenly spread, so that a rate is kept exactly. */
  private keepAsking(asked: number): void {
    const { operationsMax, operationsPerSecond } = this.plan
    if (this.isOver || this.operations.length >= operationsMax) return
    const due = this.startedAt + Math.floor(((asked + 1) * 1000) / operationsPerSecond)
    this.servers.after(Math.max(1, due - this.servers.now), () => {
      if (this.isOver) return
      this.askSomething(nothing)
      this.keepAsking(asked + 1)
    })
  }

  private firstGuess(): number {
    return this.random.chance(950) ? this.leaderGuess : this.random.below(this.servers.seats.length)
  }

  private attempt(operation: Operation, position: number): void {
    operation.isTaken = true
    this.servers.after(this.hop(), () => {
      if (operation.status !== "open") return
      const seat = this.servers.seats[position]!
      if (seat.server === undefined) {
        return this.refused(operation, this.random.below(this.servers.seats.length))
      }
      if (operation.isRead) seat.queries.push(operation.number)
      else {
        const proposals = operation.mayBeForwarded ? seat.forwardable : seat.proposals
        proposals.push({ id: operation.number, command: this.payloads.of(operation.number) })
      }
      this.servers.turnSoon(seat)
    })
  }

  private refused(operation: Operation, next: number): void {
    operation.isTaken = false
    if (operation.status === "open") this.redirects++
    this.servers.after(1 + this.random.below(backoffMillis), () => {
      if (operation.status === "open") this.attempt(operation, next)
    })
  }

  private end(operation: Operation, status: Status, result: Answer): void {
    if (operation.status !== "open") return
    operation.status = status
    operation.result = result
    operation.return = this.servers.now
    if (status === "ok") this.okCount++
    // Who does not know what came of its last question is not the same client any more.
    if (status !== "unknown") this.servers.after(1, () => this.idleClients.push(operation.client))
    for (const observer of this.observers) observer.operationEnded?.(operation)
    this.open--
    this.followUps[operation.number - 1]!(operation)
  }

  private hop(): number {
    return 1 + this.random.below(2)
  }

  private drawCommand(): Command {
    const key = this.keyNames[this.random.below(this.plan.keys)]!
    const value = `${this.operations.length + 1}`
    const roll = this.random.below(100)
    if (roll < 30) return { op: "get", key }
    if (roll < 60) return { op: "put", key, value }
    if (roll < 80) return { op: "append", key, value: `.${value}` }
    if (roll < 90) return { op: "delete", key }
    const seen = this.lastSeen(key)
    return { op: "cas", key, expected: this.random.chance(800) ? seen : `${this.random.below(100)}`, value }
  }

  /** What somebody last read at this key, so that a compare-and-set has a chance. */
  private lastSeen(key: string): string | null {
    for (let back = 1; back <= 20; back++) {
      const operation = this.operations[this.operations.length - back]
      if (operation === undefined) return null
      const { command, result, status } = operation
      if (status !== "ok" || command.key !== key) continue
      if (command.op === "get") return typeof result === "string" ? result : null
      if (command.op === "put") return command.value
      if (command.op === "delete") return null
    }
    return null
  }
}

/**
 * The reducer in its harness: mailbox in, orders out.
 *
 * Everything here is synchronous. It never decides anything about Raft: it
 * dates events, steps them, and lets each output go once the write it waits for
 * is durable. The fibers around it (`run.ts`) bring events and carry out orders.
 */
import {
  type ApplyEntries,
  type ConfigurationChangeAnswer,
  type InstallSnapshot,
  type Event,
  type LogIndex,
  type Message,
  nextDeadline,
  type Output,
  type ProposalAnswer,
  type ReadLog,
  type RequestedChange,
  type SendMessage,
  type SendSnapshot,
  type Server,
  type ServerId,
  step,
  type TakeSnapshot,
  type TransferAnswer,
  type Write,
  type WriteId
} from "@effect-raft/core"
import type { PendingProposals } from "./PendingProposals.ts"
import { PendingReads } from "./PendingReads.ts"

type WithoutDate<E> = E extends Event ? Omit<E, "at"> : never

/** An event that the driver has not dated yet. */
export type Undated = WithoutDate<Event>

/** What the state machine is told to do. */
export type MachineOrder = ApplyEntries | TakeSnapshot | InstallSnapshot

/** What a turn leaves for the fibers to carry out. */
export interface Orders {
  readonly writes: ReadonlyArray<Write>
  readonly messages: ReadonlyArray<Message>
  readonly reads: ReadonlyArray<ReadLog>
  /** At most one is open at a time. */
  readonly machine: MachineOrder | undefined
  /** Messages whose bytes storage has to bring. */
  readonly chunks: ReadonlyArray<SendSnapshot>
  /** The log may be forgotten through here. */
  readonly compactThrough: LogIndex | undefined
  readonly elections: number
}

/**
 * Messages that may wait for their write. Beyond it they are lost, as on a
 * network: only retries of a server whose disk is stuck gather so many.
 */
export const heldMessagesMax = 16_384

export class Driver {
  #server: Server
  readonly #now: () => number
  readonly #pending: PendingProposals
  #mailbox: Array<Undated> = []
  #persistedThrough = 0
  /** Messages whose write is not durable. */
  #held: Array<SendMessage | SendSnapshot> = []
  #writes: Array<Write> = []
  #messages: Array<Message> = []
  #reads: Array<ReadLog> = []
  #machine: MachineOrder | undefined
  #chunks: Array<SendSnapshot> = []
  #compactThrough: LogIndex | undefined
  #elections = 0
  #leads = false
  #lastTransfer = 0
  /** Reads that somebody waits for. */
  readonly reads: PendingReads
  readonly #transfers = new Map<number, (result: TransferAnswer) => void>()
  #lastChange = 0
  readonly #changes = new Map<number, (result: ConfigurationChangeAnswer) => void>()

  constructor(server: Server, now: () => number, pending: PendingProposals) {
    this.#server = server
    this.#now = now
    this.#pending = pending
    this.reads = new PendingReads(server.self.id)
  }

  get server(): Server {
    return this.#server
  }

  /** Until when nothing is due (ms, on the driver's clock). */
  get deadline(): number {
    return Math.min(nextDeadline(this.#server), this.#pending.deadline)
  }

  /** The next turn takes this event. */
  post(event: Undated): void {
    this.#mailbox.push(event)
  }

  /** The next turn asks for leadership to be handed over; `answered` hears how that ended, unless the server ends first. */
  transfer(target: ServerId, answered: (result: TransferAnswer) => void): void {
    const id = ++this.#lastTransfer
    this.#transfers.set(id, answered)
    this.post({ _tag: "LeadershipTransferRequested", id, target })
  }

  /** The next turn asks for another configuration; `answered` hears in the same turn what became of it. */
  changeConfiguration(
    change: RequestedChange,
    expectedIndex: LogIndex | undefined,
    answered: (result: ConfigurationChangeAnswer) => void
  ): () => void {
    const id = ++this.#lastChange
    this.#changes.set(id, answered)
    this.post({ _tag: "ConfigurationChangeRequested", id, change, expectedIndex })
    return () => void this.#changes.delete(id)
  }

  /** Steps one command at once, for `start`. Its messages leave with the next turn. */
  start(command: Uint8Array): ProposalAnswer {
    const id = this.#pending.nextId()
    // A reducer without storage answers nothing any more, and leads nothing.
    if (this.#server.storageFailed) return { _tag: "NotLeader", id, leaderId: undefined }
    const outputs = this.#step({
      _tag: "CommandsProposed",
      at: this.#now(),
      proposals: [{ id, command }]
    })
    for (const output of outputs) {
      if (output._tag !== "AnswerProposals") continue
      const answer = output.answers.find((candidate) => candidate.id === id)
      if (answer !== undefined) return answer
    }
    throw new Error("the reducer answers every proposal in the step that takes it")
  }

  /** One turn: everything that waits, dated by one reading of the clock, and time last if anything is due. */
  turn(): Orders {
    const events = this.#mailbox
    this.#mailbox = []
    const at = this.#now()
    const proposals = this.#pending.takeUnstepped(at)
    for (const event of events) this.#step({ ...event, at })
    if (proposals.length > 0) this.#step({ _tag: "CommandsProposed", at, proposals, mayBeForwarded: true })
    for (const { consistency, ids } of this.reads.takeUnstepped()) {
      this.#step({ _tag: "ReadRequested", at, ids, ...(consistency && { consistency }) })
    }
    if (nextDeadline(this.#server) <= at) this.#step({ _tag: "TimeAdvanced", at })
    this.#pending.expire(at)
    return this.#takeOrders()
  }

  #step(event: Event): ReadonlyArray<Output> {
    if (event._tag === "WritesPersisted") this.#release(event.through)
    const [server, outputs] = step(this.#server, event)
    this.#server = server
    for (const output of outputs) this.#take(output)
    return outputs
  }

  #take(output: Output): void {
    switch (output._tag) {
      case "Write":
        this.#writes.push(output)
        return
      case "SendMessage":
      case "SendSnapshot":
        if (output.after <= this.#persistedThrough) this.#send(output)
        else if (this.#held.length < heldMessagesMax) this.#held.push(output)
        return
      case "ApplyEntries":
      case "TakeSnapshot":
      case "InstallSnapshot":
        this.#machine = output
        return
      case "CompactLog":
        this.#compactThrough = output.through
        return
      case "ReadLog":
        this.#reads.push(output)
        return
      case "AnswerProposals":
        for (const answer of output.answers) this.#pending.answered(answer)
        return
      case "AnswerReads":
        for (const answer of output.answers) this.reads.answered(answer)
        return
      case "AnswerConfigurationChange":
        this.#changes.get(output.id)?.(output.result)
        this.#changes.delete(output.id)
        return
      case "AnswerTransfer":
        this.#transfers.get(output.id)?.(output.result)
        this.#transfers.delete(output.id)
        return
      case "RoleChanged":
        if (output.role === "Candidate") this.#elections++
        if (this.#leads && output.role !== "Leader") this.#pending.leadershipLost(this.#server.now)
        this.#leads = output.role === "Leader"
        return
    }
  }

  #send(output: SendMessage | SendSnapshot): void {
    if (output._tag === "SendMessage") this.#messages.push(output.message)
    else this.#chunks.push(output)
  }

  #release(through: WriteId): void {
    this.#persistedThrough = through
    if (this.#held.length === 0) return
    const held = this.#held
    this.#held = []
    for (const send of held) {
      if (send.after <= through) this.#send(send)
      else this.#held.push(send)
    }
  }

  #takeOrders(): Orders {
    const orders: Orders = {
      writes: this.#writes,
      messages: this.#messages,
      reads: this.#reads,
      machine: this.#machine,
      chunks: this.#chunks,
      compactThrough: this.#compactThrough,
      elections: this.#elections
    }
    if (this.#writes.length > 0) this.#writes = []
    if (this.#messages.length > 0) this.#messages = []
    if (this.#reads.length > 0) this.#reads = []
    if (this.#chunks.length > 0) this.#chunks = []
    this.#machine = undefined
    this.#compactThrough = undefined
    this.#elections = 0
    return orders
  }
}

/**
 * The production driver in miniature, for all seats.
 *
 * A turn takes what the mailbox holds, dated by one reading of the clock,
 * proposals next and time last. Outputs leave at its end, each once its write
 * is durable. Storage makes durable whatever has gathered, one sync at a time;
 * applying and reading back take their time. It decides nothing about Raft.
 */
import {
  type ApplyEntries,
  Configurations,
  type Event,
  type Message,
  nextDeadline,
  type Output,
  type ReadLog,
  type Server,
  type Transition
} from "@effect-raft/core"
import { type Answer, mix } from "./KvMachine.ts"
import { byLease } from "./clocks.ts"
import { dispatch, release } from "./outgoing.ts"
import { bootstrapOf, type Span } from "./plan.ts"
import type { MachineOrder, Seat } from "./Seat.ts"
import { Snapshots } from "./Snapshots.ts"
import type { Surroundings } from "./surroundings.ts"
import type { StoredConfiguration } from "./VirtualDisk.ts"
import { check } from "./violation.ts"

/** The reducer under test. */
export type Step = (server: Server, event: Event) => Transition

/** Messages that may wait for their write; beyond it they are lost, as in production. */
const heldMessagesMax = 16_384

/** Steps between two scans of everything. */
const stepsPerRescan = 1_000

export class Driver {
  /** The millisecond under way. */
  now = 0
  steps = 0
  elections = 0
  /** When each was won (virtual ms). */
  readonly electionTimes: Array<number> = []
  truncations = 0
  /** Entries that were read back from storage, and attempts that failed. */
  readsBack = 0
  failedReads = 0
  failedSyncs = 0
  /** How configuration changes began, and leadership transfers ended. */
  readonly changeAnswers = new Map<string, number>()
  readonly transferAnswers = new Map<string, number>()
  readonly snapshots: Snapshots
  /** The highest index that any server knew committed. */
  committed = 0
  /** The last configuration that any server knew committed. */
  configured: StoredConfiguration
  /** How many were, after the first. */
  readonly configurations = { committed: 0, joint: 0 }
  /** A digest of every step: equal for equal runs. */
  hash = 0x811c9dc5 | 0
  private readonly stepOf: Step
  private readonly around: Surroundings
  private readonly isObserved: boolean
  /** What observers see of a step. One for all steps: they do not keep it. */
  private readonly change: {
    seat: Seat
    before: Server
    after: Server
    event: Event
    outputs: ReadonlyArray<Output>
  }

  constructor(stepOf: Step, around: Surroundings) {
    this.stepOf = stepOf
    this.around = around
    this.configured = { index: 0, configuration: bootstrapOf(around.plan) }
    this.snapshots = new Snapshots(around, {
      send: (seat, message) => this.send(seat, message),
      draw: (span) => this.draw(span)
    })
    this.isObserved = Object.values(around.audience).some((hooks: ReadonlyArray<unknown>) => hooks.length > 0)
    this.change = { seat: undefined!, before: undefined!, after: undefined!, event: undefined!, outputs: [] }
  }

  turn(seat: Seat): void {
    const at = seat.clock.read(this.now)
    const events = seat.mailbox
    if (events.count > 0) {
      seat.mailbox = seat.taken
      seat.taken = events
      for (let position = 0; position < events.count; position++) {
        const event = events.items[position]!
        event.at = at
        if (event._tag === "WritesPersisted") release(seat, event.through)
        this.step(seat, event)
      }
      events.clear()
    }
    if (seat.proposals.length > 0) {
      const proposals = seat.proposals
      seat.proposals = []
      this.step(seat, { _tag: "CommandsProposed", at, proposals })
    }
    if (seat.forwardable.length > 0) {
      const proposals = seat.forwardable
      seat.forwardable = []
      this.step(seat, { _tag: "CommandsProposed", at, proposals, mayBeForwarded: true })
    }
    if (seat.queries.length > 0) {
      const ids = seat.queries
      seat.queries = []
      this.step(seat, { _tag: "ReadRequested", at, ids, ...byLease(this.around.plan.options, ids) })
    }
    if (seat.probes.length > 0) {
      const probes = seat.probes
      seat.probes = []
      for (const { consistency, id } of probes) {
        this.step(seat, { _tag: "ReadRequested", at, ids: [id], consistency })
      }
    }
    let deadline = nextDeadline(seat.server!)
    if (deadline <= at) {
      seat.timeAdvanced.at = at
      this.step(seat, seat.timeAdvanced)
      deadline = nextDeadline(seat.server!)
    }
    this.carryOut(seat, deadline)
  }

  /** A sync is through: its writes are durable, unless storage is stuck or fails. */
  synced(seat: Seat): void {
    if (seat.isStuck) {
      seat.isSyncDue = true
      return
    }
    if (seat.failsNextSync) {
      this.failedSyncs++
      return this.around.post(seat, { _tag: "StorageFailed", at: 0 })
    }
    const { snapshot } = seat.disk
    seat.disk.complete(seat.syncing)
    seat.syncing = 0
    if (seat.disk.snapshot !== snapshot) this.snapshots.installed(seat)
    for (const persisted of this.around.audience.persisted) persisted(seat)
    this.around.post(seat, { _tag: "WritesPersisted", at: 0, through: seat.disk.durableThrough })
    this.startSync(seat)
  }

  /** Storage moves again after it was stuck. */
  unstick(seat: Seat): void {
    seat.isStuck = false
    if (!seat.isSyncDue) return
    seat.isSyncDue = false
    this.synced(seat)
  }

  /** The state machine has come to what it was ordered. */
  performed(seat: Seat): void {
    const order = seat.performing!
    seat.performing = undefined
    switch (order._tag) {
      case "ApplyEntries":
        return this.apply(seat, order.entries)
      case "TakeSnapshot":
        return this.snapshots.capture(seat, order)
      case "InstallSnapshot":
        return this.snapshots.restore(seat, order)
    }
  }

  private apply(seat: Seat, entries: ApplyEntries["entries"]): void {
    for (const applying of this.around.audience.applying) applying(seat, entries)
    const { workload } = this.around
    // Only where an operation was proposed does somebody wait for its answer.
    const answers: Array<Answer> | undefined = seat.pending.length > 0 ? [] : undefined
    for (let position = 0; position < entries.length; position++) {
      const entry = entries[position]!
      const answer = seat.machine.apply(entry, workload.commandOf(entry))
      if (answers !== undefined) answers.push(answer)
    }
    if (answers !== undefined) workload.applied(seat, entries, answers)
    const through = entries[entries.length - 1]!.index
    this.around.post(seat, { _tag: "EntriesApplied", at: 0, through })
  }

  private step(seat: Seat, event: Event): void {
    const before = seat.server!
    const transition = this.stepOf(before, event)
    const after = transition[0]
    const outputs = transition[1]
    seat.server = after
    this.steps++
    this.digest(seat, event, after, outputs.length)
    if (event._tag === "MessageReceived" && event.message._tag === "InstallSnapshotRequest") {
      this.snapshots.asked(event.message, after)
    }
    if (after.commitIndex > this.committed) {
      this.committed = after.commitIndex
      this.noteConfigured(Configurations.at(after.log.configurations, after.commitIndex))
    }
    for (let position = 0; position < outputs.length; position++) this.take(seat, outputs[position]!)
    if (this.isObserved) this.observe(seat, before, after, event, outputs)
  }

  private noteConfigured(configured: StoredConfiguration): void {
    if (configured.index > this.configured.index) {
      this.configurations.committed++
      if (configured.configuration.outgoing !== undefined) this.configurations.joint++
    }
    this.configured = configured
  }

  private digest(seat: Seat, event: Event, after: Server, outputs: number): void {
    const what = event._tag === "MessageReceived" ? event.message.sequence : event._tag.length << 16
    const state = after.currentTerm * 31 + after.role._tag.length
    const place = (after.commitIndex << 12) ^ after.log.lastIndex
    this.hash = mix(
      this.hash ^ (what * 13 + seat.position),
      (this.now * 7 + outputs) ^ (state * 1_000_003) ^ place
    )
  }

  private observe(
    seat: Seat,
    before: Server,
    after: Server,
    event: Event,
    outputs: ReadonlyArray<Output>
  ): void {
    const { change } = this
    const { audience } = this.around
    change.seat = seat
    change.before = before
    change.after = after
    change.event = event
    change.outputs = outputs
    for (let position = 0; position < audience.stepped.length; position++) audience.stepped[position]!(change)
    if (before.log !== after.log) for (const hook of audience.logChanged) hook(change)
    if (before.commitIndex !== after.commitIndex) for (const hook of audience.commitChanged) hook(change)
    if (before.role._tag !== after.role._tag || before.currentTerm !== after.currentTerm) {
      for (const hook of audience.roleChanged) hook(change)
    }
    if (this.steps % stepsPerRescan === 0) this.around.rescan()
  }

  private take(seat: Seat, output: Output): void {
    switch (output._tag) {
      case "Write":
        if (output.truncateFrom !== undefined) this.truncations++
        return seat.disk.submit(output)
      case "SendMessage":
      case "SendSnapshot":
        if (output.after <= seat.persistedThrough) dispatch(seat, output)
        else if (seat.held.length < heldMessagesMax) seat.held.push(output)
        return
      case "ApplyEntries":
      case "TakeSnapshot":
      case "InstallSnapshot":
        checkOneOrder(seat, output)
        seat.order = output
        return
      case "ReadLog":
        seat.reads.push(output)
        return
      case "CompactLog":
        return this.snapshots.compact(seat, output)
      case "AnswerProposals":
        for (const answer of output.answers) this.around.workload.answered(seat, answer)
        return
      case "AnswerReads":
        for (const answer of output.answers) {
          if (answer.id < 0) this.around.probes.answered(answer)
          else this.around.workload.read(seat, answer)
        }
        return
      case "AnswerConfigurationChange":
        this.changeAnswers.set(output.result._tag, (this.changeAnswers.get(output.result._tag) ?? 0) + 1)
        return
      case "AnswerTransfer":
        this.transferAnswers.set(output.result._tag, (this.transferAnswers.get(output.result._tag) ?? 0) + 1)
        return
      case "RoleChanged":
        if (output.role === "Leader") {
          this.elections++
          this.electionTimes.push(this.now)
        }
        return
    }
  }

  /** The end of a turn of a server that may sleep until `deadline`, on its own clock. */
  private carryOut(seat: Seat, deadline: number): void {
    const { crash } = this.around
    if (seat.server!.storageFailed) return crash(seat)
    if (seat.syncing === 0) this.startSync(seat)
    const { messages } = seat
    for (let position = 0; position < messages.count; position++) {
      this.send(seat, messages.items[position]!)
      if (seat.sendsToCrash > 0 && --seat.sendsToCrash === 0) return crash(seat)
    }
    messages.clear()
    if (seat.order !== undefined) {
      seat.performing = seat.order
      seat.order = undefined
      this.schedule("Apply", seat, this.around.plan.apply, seat.applyExtraMax)
    }
    if (seat.reads.length > 0) {
      const { reads } = seat
      seat.reads = []
      for (const order of reads) this.readBack(seat, order)
    }
    if (seat.chunks.length > 0) {
      const { chunks } = seat
      seat.chunks = []
      for (const order of chunks) this.snapshots.sendChunk(seat, order)
    }
    this.arm(seat, deadline)
  }

  private send(seat: Seat, message: Message): void {
    const { audience, network } = this.around
    for (let position = 0; position < audience.sent.length; position++) {
      audience.sent[position]!(seat, message)
    }
    network.send(this.now, seat.position, message)
  }

  private startSync(seat: Seat): void {
    const waiting = seat.disk.inFlight.count
    if (waiting === 0) return
    seat.syncing = waiting
    this.schedule("Sync", seat, this.around.plan.sync, seat.syncExtraMax)
  }

  /** Plans the end of something that takes time; it may take none. */
  private schedule(what: "Sync" | "Apply", seat: Seat, span: Span, extraMax: number): void {
    const millis = this.draw(span) + (extraMax > 0 ? this.around.random.below(extraMax + 1) : 0)
    if (millis > 0) return this.around.later(this.now + millis, what, seat)
    if (what === "Sync") this.synced(seat)
    else this.performed(seat)
  }

  /** What a read gives may be as old as its order, or as new as its answer. */
  private readBack(seat: Seat, order: ReadLog): void {
    const { after, plan, post, random } = this.around
    const { life } = seat
    const early = random.chance(500) ? seat.disk.read(order) : undefined
    after(1 + this.draw(plan.read), () => {
      if (seat.life !== life) return
      const entries = early ?? seat.disk.read(order)
      const fails = seat.readFailuresPerMille > 0 && random.chance(seat.readFailuresPerMille)
      if (fails) this.failedReads++
      if (fails || entries.length === 0) return post(seat, { _tag: "LogReadFailed", at: 0, id: order.id })
      this.readsBack++
      post(seat, { _tag: "LogRead", at: 0, id: order.id, entries })
    })
  }

  /** Wakes the seat when something is due. A later deadline than the armed one is not armed anew. */
  private arm(seat: Seat, deadline: number): void {
    if (deadline === Infinity) return
    const { later } = this.around
    const at = Math.max(this.now + 1, seat.clock.reaches(deadline))
    if (at >= seat.armedFor) return
    seat.armedFor = at
    later(at, "Wake", seat)
  }

  private draw({ max, min }: Span): number {
    return max === min ? min : min + this.around.random.below(max - min + 1)
  }
}

/** A state machine takes one order at a time. */
const checkOneOrder = ({ id, order, performing }: Seat, next: MachineOrder): void => {
  const open = performing ?? order
  check(open === undefined, "ApplyOrder", () => `${id} orders ${next._tag} while ${open?._tag} is under way`)
}

/**
 * A cluster on which a scenario plays one schedule exactly: real reducers, a network that holds messages until
 * somebody delivers them, storage and state machines that can be made to wait, a clock for each server.
 *
 * Servers have one letter each. Nothing happens by itself but what a driver would do at once: writes become
 * durable and committed entries are applied, unless the scenario slows them down. Every state machine is held
 * against all others (State Machine Safety), whatever a scenario looks at.
 */
import {
  bootstrapSnapshot,
  type ChunkRequest,
  Configuration,
  defaultServerOptions,
  type Event,
  groupId,
  incarnation,
  logIndex,
  type Message,
  type Output,
  restart,
  type Server,
  serverId,
  type ServerOptions,
  step,
  withChunk
} from "@effect-raft/core"
import { showLog, showStored, textOf } from "./notation.ts"
import { apply, emptyMachine, machineBytes, machineOf, type Seat } from "./Seat.ts"
import { StageDisk } from "./StageDisk.ts"

/** Figure 2 and nothing more: what most of these bugs are about. */
export const figure2: Partial<ServerOptions> = { preVote: false, checkQuorum: false, noOp: false }

export interface StageOptions {
  /** One letter for each voter of the first configuration: `"ABC"`. */
  readonly voters: string
  readonly learners?: string
  /** Servers with empty storage that belong to nothing yet. */
  readonly spares?: string
  readonly options?: Partial<ServerOptions>
}

type Tag = Message["_tag"]
type Tagged<T extends Tag> = Extract<Message, { readonly _tag: T }>

/** Rounds after which a stage that never comes to rest is a broken one. */
const roundsMax = 500

export class Stage {
  readonly seats: ReadonlyArray<Seat>
  readonly options: ServerOptions
  /** Messages under way, oldest first. */
  messages: ReadonlyArray<Message> = []
  /** Pairs of letters that do not hear each other. */
  private cuts: ReadonlySet<string> = new Set()
  /** How many things clients have asked for: each is known by its number. */
  asked = 0
  /** What was applied at each index, by whoever came first. */
  private readonly history = new Map<number, string>()

  constructor({ learners = "", options = figure2, spares = "", voters }: StageOptions) {
    this.options = { ...defaultServerOptions, ...options }
    const members = [
      ...Array.from(voters, (id) => Configuration.voter(serverId(id))),
      ...Array.from(learners, (id) => Configuration.learner(serverId(id)))
    ]
    const first = bootstrapSnapshot({ members })
    this.seats = Array.from(voters + learners + spares, (id) => ({
      id: serverId(id),
      disk: new StageDisk(spares.includes(id) ? undefined : first, `${id}1`),
      server: undefined,
      clock: 0,
      lives: 0,
      held: [],
      machine: emptyMachine,
      orders: [],
      isMachineSlow: false,
      saving: undefined,
      isSavingSlow: false,
      failsReads: false,
      reads: [],
      answers: []
    }))
    for (const { id } of this.seats) this.restart(id)
  }

  seat(id: string): Seat {
    const seat = this.seats.find((other) => other.id === id)
    if (seat === undefined) throw new Error(`there is no server ${id}`)
    return seat
  }

  server(id: string): Server {
    const { server } = this.seat(id)
    if (server === undefined) throw new Error(`${id} is down`)
    return server
  }

  log(id: string): string {
    return showLog(this.server(id))
  }

  /** What a crash at this moment would leave of the log. */
  stored(id: string): string {
    return showStored(this.seat(id).disk.load())
  }

  /** The commands that the state machine has. */
  applied(id: string): string {
    return this.seat(id).machine.commands.join(" ")
  }

  /** Who leads, and in which term: `A1`. Several, if they are in doubt. */
  get leaders(): string {
    const leading = this.seats.filter(({ server }) => server?.role._tag === "Leader")
    return leading.map(({ id, server }) => `${id}${server!.currentTerm}`).join(" ")
  }

  get everybody(): string {
    return this.seats.map(({ id }) => id).join("")
  }

  /** Something happens to a server, and whatever needs no time follows. */
  tell(id: string, event: Event): ReadonlyArray<Output> {
    const seat = this.seat(id)
    const outputs = this.step(seat, event)
    if (!seat.disk.isSlow) this.sync(id)
    if (!seat.isMachineSlow) this.work(id)
    return outputs
  }

  private step(seat: Seat, event: Event): ReadonlyArray<Output> {
    const [server, outputs] = step(this.server(seat.id), event)
    seat.server = server
    for (const output of outputs) if (output._tag === "Write") seat.disk.submit(output)
    this.release(seat)
    for (const output of outputs) this.take(seat, output)
    return outputs
  }

  /** The end of a turn: whatever is due now happens. */
  turn(id: string): ReadonlyArray<Output> {
    return this.tell(id, { _tag: "TimeAdvanced", at: this.seat(id).clock })
  }

  /** These messages arrive, late or never sent by anybody; a leader answers what they bring with its turn. */
  deliver(...messages: ReadonlyArray<Message>): void {
    for (const message of messages) {
      this.messages = this.messages.filter((other) => other !== message)
      if (this.seat(message.to).server === undefined) continue
      this.tell(message.to, { _tag: "MessageReceived", at: this.seat(message.to).clock, message })
      if (this.server(message.to).role._tag === "Leader") this.turn(message.to)
    }
  }

  /** The messages of one kind from one server to another. They stay where they are. */
  sent<T extends Tag>(tag: T, from: string, to: string): ReadonlyArray<Tagged<T>> {
    return this.messages.filter(
      (message): message is Tagged<T> => message._tag === tag && message.from === from && message.to === to
    )
  }

  /** Takes the last such message off the network, to be delivered when the scenario says so. */
  hold<T extends Tag>(tag: T, from: string, to: string): Tagged<T> {
    const message = this.sent(tag, from, to).at(-1)
    if (message === undefined) throw new Error(`no ${tag} is under way from ${from} to ${to}`)
    this.messages = this.messages.filter((other) => other !== message)
    return message
  }

  /** Everything under way is lost. */
  lose(): void {
    this.messages = []
  }

  /** Cuts these links, both ways: `"AC"` is the one between A and C. */
  cut(...links: ReadonlyArray<string>): void {
    this.cuts = new Set(links.flatMap((link) => [link, `${link[1]}${link[0]}`]))
  }

  /** These servers hear each other until nobody has anything to say; whatever else is under way is lost. */
  exchange(among = this.everybody): void {
    for (let round = 0; round < roundsMax; round++) {
      const arriving = this.messages.filter(
        ({ from, to }) => among.includes(from) && among.includes(to) && !this.cuts.has(`${from}${to}`)
      )
      this.messages = []
      if (arriving.length === 0) return
      for (const message of arriving) this.deliver(message)
    }
    throw new Error("the servers never come to rest")
  }

  /** One server's time passes at once, and its turn ends. */
  wait(id: string, millis: number): ReadonlyArray<Output> {
    this.seat(id).clock += millis
    return this.turn(id)
  }

  /** Time passes for these servers, and what they send each other arrives within ten milliseconds. */
  pass(millis: number, among = this.everybody): void {
    for (let elapsed = 0; elapsed < millis; elapsed += 10) {
      for (const id of among) if (this.seat(id).server !== undefined) this.wait(id, 10)
      this.exchange(among)
    }
  }

  /** A server's election timeout passes, for all clocks, and it asks for votes. */
  timeout(id: string): void {
    const { role } = this.server(id)
    if (role._tag === "Leader") throw new Error(`${id} leads already`)
    const millis = Math.max(0, role.electionDeadline - this.seat(id).clock)
    for (const seat of this.seats) seat.clock += millis
    this.turn(id)
  }

  /** Its election timeout passes, and what it asks these servers is answered. */
  campaign(id: string, among = this.everybody): void {
    this.timeout(id)
    this.exchange(among)
  }

  /** A campaign that has to succeed for the scenario to go on. */
  elect(id: string, among = this.everybody): void {
    this.campaign(id, among)
    if (this.server(id).role._tag !== "Leader") throw new Error(`${id} was not elected`)
  }

  private take(seat: Seat, output: Output): void {
    switch (output._tag) {
      case "Write":
        // Submitted before all else: ids are in the order of the steps that made them.
        return
      case "SendMessage":
      case "SendSnapshot":
      case "ReadLog":
      case "CompactLog":
      case "ApplyEntries":
      case "TakeSnapshot":
      case "InstallSnapshot":
        seat.held = [...seat.held, output]
        return this.release(seat)
      case "AnswerProposals":
      case "AnswerReads":
      case "AnswerTransfer":
      case "AnswerConfigurationChange":
      case "RoleChanged":
        seat.answers.push(output)
    }
  }

  /** What waits for no write any more happens. */
  private release(seat: Seat): void {
    const durable = this.server(seat.id).writes.persistedThrough
    const isFree = (output: Output) => output._tag !== "Write" && output.after <= durable
    const free = seat.held.filter(isFree)
    seat.held = seat.held.filter((output) => !isFree(output))
    for (const output of free) this.perform(seat, output)
  }

  private perform(seat: Seat, output: Output): void {
    switch (output._tag) {
      case "SendMessage":
        this.messages = [...this.messages, output.message]
        return
      case "SendSnapshot":
        return this.sendSnapshot(seat, output.request, output.length)
      case "CompactLog":
        return seat.disk.compact(output.through)
      case "ReadLog": {
        const at = seat.clock
        const entries = seat.failsReads ? [] : seat.disk.read(output)
        seat.reads.push(entries.length)
        this.tell(
          seat.id,
          entries.length === 0
            ? { _tag: "LogReadFailed", at, id: output.id }
            : { _tag: "LogRead", at, id: output.id, entries }
        )
        return
      }
      case "ApplyEntries":
      case "TakeSnapshot":
      case "InstallSnapshot":
        seat.orders = [...seat.orders, output]
        return
      case "Write":
      case "AnswerProposals":
      case "AnswerReads":
      case "AnswerTransfer":
      case "AnswerConfigurationChange":
      case "RoleChanged":
        throw new Error(`${output._tag} waits for nothing`)
    }
  }

  private sendSnapshot({ disk }: Seat, request: ChunkRequest, length: number): void {
    const { snapshot, snapshotBytes } = disk.durable
    if (snapshot?.lastIncludedIndex !== request.snapshot.lastIncludedIndex) return
    const bytes = snapshotBytes.slice(request.offset, request.offset + length)
    this.messages = [...this.messages, withChunk(request, bytes)]
  }

  /** Storage goes slow: its writes wait for `sync`. */
  slowDisk(id: string): void {
    this.seat(id).disk.isSlow = true
  }

  /** The oldest writes become durable, all of them unless told, and the server hears of it. */
  sync(id: string, count = Infinity): void {
    const seat = this.seat(id)
    const last = seat.disk.inFlight.slice(0, count).at(-1)
    if (last === undefined) return
    seat.disk.complete(count)
    this.step(seat, { _tag: "WritesPersisted", at: seat.clock, through: last.id })
    if (!seat.isMachineSlow) this.work(id)
  }

  /** Applying and snapshots wait for `work` and `save`. */
  slowMachine(id: string): void {
    this.seat(id).isMachineSlow = true
  }

  /** The state machine does what it was ordered to: all of it, unless told. */
  work(id: string, orders = Infinity): void {
    const seat = this.seat(id)
    for (let done = 0; seat.orders.length > 0 && done < orders; done++) {
      const [order, ...later] = seat.orders
      seat.orders = later
      if (order !== undefined) this.carryOut(seat, order)
    }
  }

  private carryOut(seat: Seat, order: Seat["orders"][number]): void {
    const at = seat.clock
    switch (order._tag) {
      case "ApplyEntries": {
        for (const entry of order.entries) {
          const text = `${entry.term}${entry.kind}${textOf(entry.payload)}`
          const known = this.history.get(entry.index) ?? text
          if (known !== text)
            throw new Error(`State Machine Safety: ${seat.id} applies ${text}, not ${known}`)
          this.history.set(entry.index, text)
          seat.machine = apply(seat.machine, entry)
        }
        this.tell(seat.id, { _tag: "EntriesApplied", at, through: logIndex(seat.machine.through) })
        return
      }
      case "TakeSnapshot": {
        const bytes = machineBytes(seat.machine)
        seat.saving = { snapshot: { ...order.snapshot, size: bytes.length }, bytes }
        this.tell(seat.id, { _tag: "SnapshotTaken", at, index: order.snapshot.lastIncludedIndex })
        if (!seat.isSavingSlow) this.save(seat.id)
        return
      }
      case "InstallSnapshot": {
        const index = order.snapshot.lastIncludedIndex
        seat.machine = machineOf(seat.disk.durable.snapshotBytes, index)
        this.tell(seat.id, { _tag: "SnapshotRestored", at, index })
      }
    }
  }

  /** The snapshot that was taken is durable. An older one than storage has is thrown away. */
  save(id: string): void {
    const seat = this.seat(id)
    if (seat.saving === undefined) return
    const { bytes, snapshot } = seat.saving
    seat.saving = undefined
    const stored = seat.disk.durable.snapshot?.lastIncludedIndex ?? 0
    if (snapshot.lastIncludedIndex > stored) seat.disk.save(snapshot, bytes)
    this.tell(id, { _tag: "SnapshotPersisted", at: seat.clock, snapshot })
  }

  /** The process dies with all it had in memory; writes in flight are lost. */
  crash(id: string): void {
    const seat = this.seat(id)
    seat.server = undefined
    seat.held = []
    seat.orders = []
    seat.saving = undefined
    seat.disk.crash()
  }

  /** The server goes, and its disk with it: another one, `B2` for the first, is there when it comes back. */
  wipe(id: string): void {
    this.crash(id)
    this.seat(id).disk = new StageDisk(undefined, `${id}${this.seat(id).lives + 1}`)
  }

  /** A new life on the same storage. A durable state machine keeps what it had; another one begins at the snapshot. */
  restart(id: string, { hasDurableMachine = false } = {}): void {
    const seat = this.seat(id)
    const { snapshot, snapshotBytes } = seat.disk.durable
    if (!hasDurableMachine) seat.machine = machineOf(snapshotBytes, snapshot?.lastIncludedIndex ?? 0)
    seat.lives++
    seat.server = restart({
      id: seat.id,
      group: groupId(0),
      incarnation: incarnation(seat.lives),
      options: this.options,
      persistent: seat.disk.load(),
      storageId: seat.disk.storageId,
      lastApplied: logIndex(seat.machine.through),
      at: seat.clock
    })
  }
}

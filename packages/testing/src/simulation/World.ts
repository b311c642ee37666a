/**
 * A whole cluster in virtual time: the event loop, and the lives of the servers.
 *
 * Nothing happens but by the queue. What is due in one millisecond happens in
 * the order in which it was planned, and whoever got something takes one turn
 * at its end. Nothing here knows a rule of Raft.
 */
import {
  bootstrapSnapshot,
  Configuration,
  groupId,
  incarnation,
  isRequest,
  logIndex,
  type Message,
  type MessageReceived,
  restart,
  step
} from "@effect-raft/core"
import { SeededRandom } from "../SeededRandom.ts"
import { EventQueue, type Queued } from "./EventQueue.ts"
import { Batch } from "./Batch.ts"
import { Driver, type Step } from "./Driver.ts"
import { decodeMachine, emptyMachine, KvMachine } from "./KvMachine.ts"
import { LocalClock } from "./LocalClock.ts"
import { Network } from "./Network.ts"
import { type Audience, audienceOf, type Loss, type Observer, type View } from "./observer.ts"
import { bootstrapOf, idAt, type Plan, storageIdAt } from "./plan.ts"
import { Probes } from "./Probes.ts"
import { Seat, type Undated } from "./Seat.ts"
import { VirtualDisk } from "./VirtualDisk.ts"
import { check } from "./violation.ts"
import { type OperationObserver, type Servers, Workload } from "./Workload.ts"

/** A message on its way: the event that it will be, and for whom. */
interface Arrival extends Queued<Item>, MessageReceived {
  at: number
  readonly position: number
}

/** Something that a seat waits for; void in another life. */
interface Due extends Queued<Item> {
  _tag: "Wake" | "Sync" | "Apply"
  seat: Seat
  life: number
}

interface Call extends Queued<Item> {
  readonly _tag: "Call"
  readonly action: () => void
}

type Item = Arrival | Due | Call

/** Events that may wait for a turn; beyond it they are lost. */
const mailboxMax = 16_384

/** Turns within one millisecond; more never end. */
const turnsMax = 100_000

export class World implements View, Servers {
  readonly plan: Plan
  readonly seats: ReadonlyArray<Seat>
  readonly network: Network
  readonly workload: Workload
  readonly probes: Probes
  /** What faults draw while they last. */
  readonly faultRandom: SeededRandom
  readonly driver: Driver
  crashes = 0
  /** Servers that caught up by snapshot while clients went on. */
  caughtUp = 0
  /** The faults are over, at least for a majority. */
  isHealed = false
  /** Positions that are well from then on, in a liveness run; `undefined`: all are. */
  core: ReadonlySet<number> | undefined
  /** Lost messages that their sender hears of, of a thousand. */
  unreachablePerMille = 0
  /** How often each fault did something. */
  readonly fired = new Map<string, number>()

  private readonly queue = new EventQueue<Item>()
  private readonly random: SeededRandom
  private readonly audience: Audience
  private readonly ready = new Batch<Seat>()
  /** Items that have happened, to be used again: there are as many as for all messages. */
  private readonly spent = new Batch<Due>()

  constructor(
    plan: Plan,
    parts: {
      readonly step?: Step
      readonly observers: ReadonlyArray<Observer & OperationObserver>
    }
  ) {
    this.plan = plan
    this.audience = audienceOf(parts.observers)
    this.random = new SeededRandom(plan.seed, "seats")
    this.faultRandom = new SeededRandom(plan.seed, "faults")
    this.seats = this.makeSeats()
    this.network = new Network(
      this.seats.map(({ id }) => id),
      plan.network,
      new SeededRandom(plan.seed, "network"),
      {
        arrive: (at, position, message) =>
          this.queue.add(at, { _tag: "MessageReceived", at: 0, message, position, next: undefined }),
        lose: (message, why) => this.lose(message, why)
      }
    )
    this.probes = new Probes(new SeededRandom(plan.seed, "probes"), plan.options.electionTimeoutMin, this)
    this.workload = new Workload(plan.workload, new SeededRandom(plan.seed, "clients"), this, parts.observers)
    this.driver = new Driver(parts.step ?? step, {
      plan,
      network: this.network,
      workload: this.workload,
      probes: this.probes,
      audience: this.audience,
      random: this.random,
      later: (at, what, seat) => this.later(at, what, seat),
      after: (millis, action) => this.after(millis, action),
      post: (seat, event) => this.post(seat, event),
      crash: (seat) => this.crash(seat),
      rescan: () => this.rescan()
    })
  }

  get now(): number {
    return this.queue.now
  }

  /** The seat of the newest leader that runs. */
  get leader(): Seat | undefined {
    let leader: Seat | undefined
    for (const seat of this.seats) {
      if (seat.server?.role._tag !== "Leader") continue
      if (leader === undefined || seat.server.currentTerm > leader.server!.currentTerm) leader = seat
    }
    return leader
  }

  /** Does something later. */
  after(millis: number, action: () => void): void {
    this.queue.add(this.now + millis, { _tag: "Call", action, next: undefined })
  }

  fire(fault: string, times = 1): void {
    this.fired.set(fault, (this.fired.get(fault) ?? 0) + times)
  }

  /** Lets time pass, through the millisecond `through` or until `isDone`, which what happens makes true and time does not. */
  run(through: number, isDone: () => boolean = () => false): void {
    while (this.now < through && !isDone()) {
      let item = this.queue.advance(through)
      this.driver.now = this.queue.now
      while (item !== undefined) {
        const next = item.next
        this.happen(item)
        item = next
      }
      if (this.ready.count > 0) this.takeTurns()
    }
  }

  turnSoon(seat: Seat): void {
    if (seat.isReady) return
    seat.isReady = true
    this.ready.add(seat)
  }

  post(seat: Seat, event: Undated): void {
    if (seat.server === undefined || seat.mailbox.count >= mailboxMax) return
    seat.mailbox.add(event)
    this.turnSoon(seat)
  }

  /** A life begins, on what the disk holds. */
  restart(seat: Seat): void {
    if (seat.server !== undefined || seat.isRetired) return
    if (this.isForeign(seat, seat.mounted)) return this.fire("foreignStorage")
    seat.disk = seat.mounted
    seat.life++
    if (this.plan.machine === "volatile" || seat.machine.lastApplied < seat.disk.lastIncludedIndex) {
      seat.machine = new KvMachine(decodeMachine(seat.disk.snapshot.bytes))
    }
    seat.server = restart({
      id: seat.id,
      group: groupId(0),
      incarnation: incarnation(1 + this.random.integer()),
      options: this.plan.options,
      persistent: seat.disk.load(this.plan.tailEntriesMax),
      lastApplied: logIndex(seat.machine.lastApplied),
      at: seat.clock.read(this.now)
    })
    for (const restarted of this.audience.restarted) restarted(seat)
    this.turnSoon(seat)
  }

  /** Whether its configuration names other storage for this server: it must not start on it, having promised things that it cannot know. */
  isForeign({ id }: Seat, disk: VirtualDisk): boolean {
    const { configuration } = disk.configurationIn(disk.durable)
    const named = Configuration.find(configuration, id)?.storageId ?? ""
    return named !== "" && named !== disk.storageId
  }

  /** Power fails. A few of the writes in flight may have made it. */
  crash(seat: Seat): void {
    if (seat.server === undefined) return
    this.crashes++
    const { disk, saving } = seat
    // Nobody was told, and all of it had reached the disk. If any of it had not, the disk knows, and holds the one before.
    if (saving !== undefined && this.random.chance(500)) disk.save(saving)
    const { inFlight } = disk
    disk.crash(this.random.chance(500) ? 0 : this.random.below(inFlight.count + 1))
    seat.forget()
    for (const crashed of this.audience.crashed) crashed(seat)
  }

  pause(seat: Seat): void {
    seat.isPaused = seat.server !== undefined
  }

  resume(seat: Seat): void {
    if (!seat.isPaused) return
    seat.isPaused = false
    this.turnSoon(seat)
  }

  /** Storage moves again after it was stuck. */
  unstick(seat: Seat): void {
    this.driver.unstick(seat)
  }

  rescan(): void {
    for (const rescan of this.audience.rescan) rescan(this)
  }

  /** Tells the observers that it is over. */
  end(): void {
    this.rescan()
    for (const ended of this.audience.ended) ended(this)
  }

  private makeSeats(): ReadonlyArray<Seat> {
    const { servers, spares } = this.plan
    const bytes = new Uint8Array(0)
    const bootstrap = bootstrapSnapshot(bootstrapOf(this.plan))
    const nobody = bootstrapSnapshot({ members: [] })
    return Array.from(
      { length: servers + spares },
      (_, position) =>
        new Seat(position, {
          id: idAt(position),
          disk: new VirtualDisk(
            { metadata: position < servers ? bootstrap : nobody, bytes },
            storageIdAt(position)
          ),
          clock: new LocalClock(this.random.below(10_000_000)),
          machine: new KvMachine(emptyMachine)
        })
    )
  }

  private later(at: number, what: Due["_tag"], seat: Seat): void {
    const due = this.spent.take()
    if (due === undefined) {
      return this.queue.add(at, { _tag: what, seat, life: seat.life, next: undefined })
    }
    due._tag = what
    due.seat = seat
    due.life = seat.life
    this.queue.add(at, due)
  }

  private happen(item: Item): void {
    switch (item._tag) {
      case "MessageReceived":
        return this.arrive(item)
      case "Call":
        return item.action()
      case "Wake":
      case "Sync":
      case "Apply":
        if (item.life === item.seat.life) this.fall(item._tag, item.seat)
        this.spent.add(item)
        return
    }
  }

  /** Something that a seat waited for is due. */
  private fall(what: Due["_tag"], seat: Seat): void {
    switch (what) {
      case "Wake":
        if (seat.armedFor !== this.now) return
        seat.armedFor = Infinity
        return this.turnSoon(seat)
      case "Sync":
        return this.driver.synced(seat)
      case "Apply":
        return this.driver.performed(seat)
    }
  }

  private arrive(arrival: Arrival): void {
    const seat = this.seats[arrival.position]!
    if (seat.server === undefined) return this.lose(arrival.message, "down")
    if (seat.mailbox.count >= mailboxMax) return this.lose(arrival.message, "overflow")
    for (const delivered of this.audience.delivered) delivered(seat, arrival.message)
    seat.mailbox.add(arrival)
    this.turnSoon(seat)
  }

  private lose(message: Message, why: Loss): void {
    for (const lost of this.audience.lost) lost(message, why)
    if (this.unreachablePerMille > 0 && this.random.chance(this.unreachablePerMille)) this.report(message)
  }

  private takeTurns(): void {
    const { ready } = this
    // Turns may make seats ready again, within the same millisecond: the list grows under the loop.
    for (let position = 0; position < ready.count; position++) {
      check(position < turnsMax, "Livelock", () => `${turnsMax} turns within one millisecond`)
      const seat = ready.items[position]!
      seat.isReady = false
      if (seat.isAwake) this.driver.turn(seat)
    }
    ready.clear()
  }

  /** Tells the sender of a lost message, or of the request that a lost answer answers, that its peer is unreachable. */
  private report(message: Message): void {
    const isAsked = isRequest(message)
    const sender = this.seats.find(({ id }) => id === (isAsked ? message.from : message.to))!
    const peer = isAsked ? message.to : message.from
    const { sequence } = message
    this.fire("unreachable")
    this.after(1 + this.random.below(this.plan.network.delayMax), () =>
      this.post(sender, { _tag: "PeerUnreachable", at: 0, peer, sequence })
    )
  }
}

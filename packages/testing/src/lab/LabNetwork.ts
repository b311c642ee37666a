/**
 * The laboratory's network: calls over one-directional link ends, with delays,
 * losses and reordering drawn from one seeded generator.
 *
 * It is one timer queue on the `Clock`; nothing here is a fiber but the wait
 * for the first timer. `shutdown` fails what is pending and ends that wait.
 */
import { Cause, Clock, type Context, Effect, Exit, Fiber } from "effect"
import type { SeededRandom } from "../SeededRandom.ts"
import { type Timer, TimerHeap } from "../time/TimerHeap.ts"
import type { LinkEnd, Parcel } from "./parcel.ts"
import { noTrace, type NetworkEvent, type Trace } from "./Trace.ts"

/** What answers calls. Registering another one under the same name replaces it. */
export interface NetworkServer {
  /** Calls that reached the handler. */
  incoming: number
  /** Handles one call; it has returned when `answer` is called. */
  readonly handle: (request: Parcel, answer: (reply: Parcel) => void) => void
}

/** Milliseconds of the laboratory, its chances out of 1000, and the microseconds between two looks at a link. */
const failDelayEnd = 100
const longFailDelayEnd = 7000
const unreliableDelayEnd = 27
const lossPerMille = 100
const pollMicros = 100_000

/** Far beyond what the suite needs: servers that send without end are ended before memory is. */
const callsUnderWayMax = 100_000

/** A call whose handler runs. The flags are those of the moment it was made. */
interface RunningCall {
  readonly end: LinkEnd
  readonly server: NetworkServer
  readonly reliable: boolean
  readonly longReordering: boolean
  readonly request: Parcel
  readonly done: (reply: Parcel | undefined) => void
  /** When the handler began (microseconds). */
  startedAt: number
  /** The next look at the link, while there is something to see. */
  poll: Timer | undefined
}

export interface LabNetworkOptions {
  readonly clock: Clock.Clock
  readonly random: SeededRandom
  readonly trace?: Trace
  /** Told when an action of the network dies, which no caller could see, or when there are too many. */
  readonly onDefect: (error: unknown) => void
}

export class LabNetwork {
  reliable = true
  longDelays = false
  longReordering = false
  totalRpcs = 0
  totalBytes = 0

  private readonly servers = new Map<string, NetworkServer>()
  private readonly running = new Set<RunningCall>()
  private readonly timers = new TimerHeap()
  private readonly waits = new Set<Fiber.Fiber<void>>()
  /** Time of the earliest wait under way; later ones wake up for nothing, which is harmless. */
  private armedAt = Number.POSITIVE_INFINITY
  private isShutDown = false
  private callsUnderWay = 0
  private readonly madeAtNanos: bigint
  private readNanos: bigint
  private readMicros = 0
  private readonly clock: Clock.Clock
  private readonly random: SeededRandom
  private readonly trace: Trace
  private readonly onDefect: (error: unknown) => void
  private readonly runFork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>

  /** `runFork` starts fibers in the surroundings of whoever built the network. */
  constructor(options: LabNetworkOptions, runFork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>) {
    this.clock = options.clock
    this.madeAtNanos = options.clock.monotonicTimeNanosUnsafe()
    this.readNanos = this.madeAtNanos
    this.random = options.random
    this.trace = options.trace ?? noTrace
    this.onDefect = options.onDefect
    this.runFork = runFork
  }

  /** Milliseconds since the network was made. */
  now(): number {
    return this.micros() / 1000
  }

  makeEnd(caller: string, serverName: string): LinkEnd {
    return new SwitchedEnd(caller, serverName, () => {
      this.pollBroken()
    })
  }

  register(name: string, server: NetworkServer): void {
    this.servers.set(name, server)
    this.pollBroken()
  }

  delete(name: string): void {
    this.servers.delete(name)
    this.pollBroken()
  }

  /** Calls that reached the present server of this name. */
  rpcCount(name: string): number {
    return this.servers.get(name)?.incoming ?? 0
  }

  /** Makes a call; `done` gets its reply, or `undefined` when it failed. */
  call(end: LinkEnd, request: Parcel, done: (reply: Parcel | undefined) => void): void {
    if (this.isShutDown) {
      done(undefined)
      return
    }
    this.totalRpcs++
    this.totalBytes += request.bytes
    this.note("Sent", end, request)
    this.callsUnderWay++
    if (this.callsUnderWay > callsUnderWayMax) {
      this.onDefect(new Error(`more than ${callsUnderWayMax} calls are under way at once`))
      return
    }

    const server = end.enabled ? this.servers.get(end.serverName) : undefined
    if (server === undefined) {
      const delay = this.random.below(this.longDelays ? longFailDelayEnd : failDelayEnd)
      this.after(delay, () => {
        this.fail(end, request, done)
      })
      return
    }

    const { reliable, longReordering } = this
    const call = { end, server, reliable, longReordering, request, done, startedAt: 0, poll: undefined }
    if (reliable) {
      this.dispatch(call)
      return
    }
    const delay = this.random.below(unreliableDelayEnd)
    const isLost = this.random.chance(lossPerMille)
    this.after(delay, () => {
      if (isLost) this.fail(end, request, done)
      else this.dispatch(call)
    })
  }

  /** Runs `action` after so many milliseconds on the network's clock. */
  after(millis: number, action: () => void): Timer {
    return this.at(this.micros() + Math.round(millis * 1000), action)
  }

  /** From now on every call fails at once, and nothing pending happens any more. */
  readonly shutdown: Effect.Effect<void> = Effect.suspend(() => {
    this.isShutDown = true
    this.timers.clear()
    return Fiber.interruptAll(this.waits)
  })

  /** No second look at the link here: a request in flight when its link is cut still arrives. */
  private dispatch(call: RunningCall): void {
    call.server.incoming++
    this.note("Delivered", call.end, call.request)
    call.startedAt = this.micros()
    this.running.add(call)
    call.server.handle(call.request, (reply) => {
      if (!this.running.delete(call) || this.isShutDown) return
      if (call.poll !== undefined) this.timers.cancel(call.poll)
      this.answer(call, reply)
    })
  }

  /**
   * A caller looks at its link every 100 ms while the handler runs, and gives
   * up when it is cut. So long as nothing was cut since there is nothing to
   * see: the looks are planned only then, at the times at which they are due.
   */
  private pollBroken(): void {
    for (const call of this.running) {
      if (call.poll !== undefined || this.isIntact(call)) continue
      const looks = Math.max(1, Math.ceil((this.micros() - call.startedAt) / pollMicros))
      call.poll = this.at(call.startedAt + looks * pollMicros, () => {
        call.poll = undefined
        if (!this.isIntact(call) && this.running.delete(call)) this.fail(call.end, call.request, call.done)
      })
    }
  }

  /**
   * A reply passes only while the server that made it is still the one behind
   * the link: whoever gets a reply may rely on what that server saved.
   */
  private answer(call: RunningCall, reply: Parcel): void {
    const { end, request, done } = call
    if (!this.isIntact(call) || (!call.reliable && this.random.chance(lossPerMille))) {
      this.fail(end, request, done)
      return
    }
    const deliver = (): void => {
      this.callsUnderWay--
      this.totalBytes += reply.bytes
      this.note("Replied", end, reply)
      done(reply)
    }
    if (call.longReordering && this.random.below(900) < 600) {
      this.after(200 + this.random.below(1 + this.random.below(2000)), deliver)
    } else {
      deliver()
    }
  }

  private isIntact(call: RunningCall): boolean {
    return call.end.enabled && this.servers.get(call.end.serverName) === call.server
  }

  private fail(end: LinkEnd, request: Parcel, done: (reply: undefined) => void): void {
    this.callsUnderWay--
    this.note("Failed", end, request)
    done(undefined)
  }

  private note(event: NetworkEvent, end: LinkEnd, parcel: Parcel): void {
    this.trace.network(this.now(), event, end, parcel)
  }

  /** Timers count whole microseconds: sums of fractions would miss each other by a rounding error. */
  private micros(): number {
    const nanos = this.clock.monotonicTimeNanosUnsafe()
    // In virtual time most readings are equal, and arithmetic on bigints is slow.
    if (nanos !== this.readNanos) {
      this.readNanos = nanos
      this.readMicros = Math.floor(Number(nanos - this.madeAtNanos) / 1000)
    }
    return this.readMicros
  }

  private at(micros: number, action: () => void): Timer {
    const timer = this.timers.add(micros, action)
    this.arm()
    return timer
  }

  /** Makes sure that somebody wakes up when the first timer is due. */
  private arm(): void {
    const next = this.timers.nextAt()
    if (next >= this.armedAt) return
    this.armedAt = next
    const wait = Effect.andThen(
      Effect.sleep(Math.max(0, next - this.micros()) / 1000),
      Effect.sync(() => {
        if (this.armedAt === next) this.armedAt = Number.POSITIVE_INFINITY
        this.runDue()
      })
    )
    const fiber = this.runFork(wait)
    this.waits.add(fiber)
    fiber.addObserver((exit) => {
      this.waits.delete(fiber)
      if (Exit.isFailure(exit) && !Exit.hasInterrupts(exit)) this.onDefect(Cause.squash(exit.cause))
    })
  }

  private runDue(): void {
    while (this.timers.nextAt() <= this.micros()) this.timers.takeFirst()?.()
    this.arm()
  }
}

/** A link end that says when it is switched off. */
class SwitchedEnd implements LinkEnd {
  readonly caller: string
  readonly serverName: string
  private readonly onCut: () => void
  private isEnabled = false

  constructor(caller: string, serverName: string, onCut: () => void) {
    this.caller = caller
    this.serverName = serverName
    this.onCut = onCut
  }

  get enabled(): boolean {
    return this.isEnabled
  }

  set enabled(enabled: boolean) {
    const isCut = this.isEnabled && !enabled
    this.isEnabled = enabled
    if (isCut) this.onCut()
  }
}

/** A network on the `Clock` of the surroundings, shut down with the scope. */
export const make = (options: Omit<LabNetworkOptions, "clock">) =>
  Effect.acquireRelease(
    Effect.contextWith((context: Context.Context<never>) =>
      Clock.clockWith((clock) =>
        Effect.sync(() => new LabNetwork({ ...options, clock }, Effect.runForkWith(context)))
      )
    ),
    (network) => network.shutdown
  )

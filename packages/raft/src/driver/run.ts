/**
 * The fibers around a driver: one loop that turns it, one that writes, one that
 * applies, one that listens.
 *
 * They live in one scope. Whatever fails in any of them stops the server as a
 * whole: a server that cannot do one of these must not go on with the others.
 */
import type { ReadLog } from "@effect-raft/core"
import { type Cause, Deferred, Duration, Effect, Latch, Stream } from "effect"
import type { StorageFailed } from "../errors.ts"
import type { Driver, MachineOrder, Orders } from "./Driver.ts"
import { compact, install, sendChunk, take } from "./snapshots.ts"
import { storageFailed } from "./storage.ts"
import type { Workplace } from "./workplace.ts"

/** A queue between the loop and one worker: takes everything that waits at once. */
interface Work<Item> {
  readonly add: (items: ReadonlyArray<Item>) => Effect.Effect<void>
  readonly takeAll: Effect.Effect<ReadonlyArray<Item>>
}

const makeWork = <Item>(): Work<Item> => {
  const latch = Latch.makeUnsafe(false)
  let waiting: Array<Item> = []
  return {
    add: (items) =>
      Effect.suspend(() => {
        for (const item of items) waiting.push(item)
        return Effect.asVoid(latch.open)
      }),
    takeAll: Effect.map(latch.await, () => {
      latch.closeUnsafe()
      const taken = waiting
      waiting = []
      return taken
    })
  }
}

/**
 * Runs the server until one of its fibers fails or the scope closes. `failed`
 * hears of a failure before the other fibers are asked to end.
 */
export const run = (
  place: Workplace,
  failed: (cause: Cause.Cause<StorageFailed>) => Effect.Effect<void>
): Effect.Effect<void, StorageFailed> => {
  const storage = makeWork<Orders["writes"][number]>()
  const applying = makeWork<MachineOrder>()
  const loops: ReadonlyArray<Effect.Effect<never, StorageFailed>> = [
    turnForever(place, storage, applying),
    storeForever(place, storage),
    applyForever(place, applying),
    listenForever(place),
    Deferred.await(place.broken)
  ]
  return Effect.forEach(loops, Effect.onError(failed), { concurrency: "unbounded", discard: true })
}

const turnForever = (
  place: Workplace,
  storage: Work<Orders["writes"][number]>,
  applying: Work<MachineOrder>
): Effect.Effect<never> => {
  const { changed, driver, telemetry, transport, wake } = place
  const armSleeper = makeSleeper(place)
  let seen = driver.server
  return Effect.gen(function* () {
    yield* wake.take
    const orders = driver.turn()
    if (orders.writes.length > 0) yield* storage.add(orders.writes)
    if (orders.messages.length > 0) {
      telemetry.messages(orders.messages.length)
      yield* transport.send(orders.messages)
    }
    if (orders.machine !== undefined) yield* applying.add([orders.machine])
    for (const order of orders.reads) yield* readBack(place, order)
    for (const order of orders.chunks) yield* sendChunk(place, order)
    if (orders.compactThrough !== undefined) yield* compact(place, orders.compactThrough)
    if (orders.elections > 0) telemetry.elections(orders.elections)
    const { server } = driver
    if (isNews(seen, server)) {
      changed.notify()
      telemetry.observe(server)
    }
    seen = server
    yield* armSleeper
  }).pipe(Effect.forever({ disableYield: true }))
}

const isNews = (before: Driver["server"], after: Driver["server"]): boolean =>
  before.commitIndex !== after.commitIndex ||
  before.apply.lastApplied !== after.apply.lastApplied ||
  before.snapshots.latest !== after.snapshots.latest ||
  before.role !== after.role ||
  before.currentTerm !== after.currentTerm

/**
 * One sleeper at a time, for the deadline it was armed with. A later deadline
 * is not armed anew: waking early is harmless, and deadlines move at every
 * heartbeat.
 */
const makeSleeper = ({ clock, driver, scope, wake }: Workplace): Effect.Effect<void> => {
  let armedFor = Infinity
  return Effect.suspend(() => {
    const { deadline } = driver
    if (deadline >= armedFor || deadline === Infinity) return Effect.void
    armedFor = deadline
    return clock.sleep(untilAfter(driver.server.now, deadline)).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          if (armedFor === deadline) armedFor = Infinity
          return wake.open
        })
      ),
      Effect.forkIn(scope, { startImmediately: true }),
      Effect.asVoid
    )
  })
}

/**
 * Whole milliseconds, since timers count no others: a fraction would be cut
 * off, and the server woken before anything is due. A nanosecond is the noise
 * of the subtraction.
 */
const untilAfter = (now: number, deadline: number): Duration.Duration =>
  Duration.millis(deadline <= now ? 0 : Math.max(1, Math.ceil(deadline - now - 1e-6)))

const storeForever = (
  { clock, driver, persister, server, telemetry, wake }: Workplace,
  storage: Work<Orders["writes"][number]>
): Effect.Effect<never, StorageFailed> =>
  Effect.gen(function* () {
    const writes = yield* storage.takeAll
    const last = writes.at(-1)
    if (last === undefined) return
    const startedAt = clock.monotonicTimeNanosUnsafe()
    yield* persister.submit(writes)
    telemetry.persisted(Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e6, writes.length)
    driver.post({ _tag: "WritesPersisted", through: last.id })
    yield* wake.open
  }).pipe(
    Effect.forever({ disableYield: true }),
    Effect.catchTag("PersisterError", (error) =>
      Effect.suspend(() => {
        driver.post({ _tag: "StorageFailed" })
        driver.turn()
        return Effect.fail(storageFailed(server, "submit", error))
      })
    )
  )

/** The state machine's fiber: nothing else touches it, so its state is caught between two batches. */
const applyForever = (place: Workplace, applying: Work<MachineOrder>): Effect.Effect<never> => {
  const { apply, driver, wake } = place
  return Effect.gen(function* () {
    for (const order of yield* applying.takeAll) {
      switch (order._tag) {
        case "ApplyEntries":
          driver.post({ _tag: "EntriesApplied", through: yield* apply(order.entries) })
          yield* wake.open
          break
        case "TakeSnapshot":
          yield* take(place, order)
          break
        case "InstallSnapshot":
          yield* install(place, order)
          break
      }
    }
  }).pipe(Effect.forever({ disableYield: true }))
}

/** A server that hears nobody must not lead on: the end of its transport is its own. */
const listenForever = ({ driver, server, transport, wake }: Workplace): Effect.Effect<never> =>
  Stream.runForEachArray(transport.incoming, (chunk) =>
    Effect.suspend(() => {
      for (const inbound of chunk) driver.post(inbound)
      return wake.open
    })
  ).pipe(
    Effect.catchCause((cause) =>
      Effect.die(new Error(`the transport of server ${server} failed`, { cause }))
    ),
    Effect.andThen(
      Effect.die(new Error(`the transport of server ${server} has ended: it must outlive the server`))
    )
  )

const readBack = (
  { broken, driver, persister, scope, server, wake }: Workplace,
  { bytesMax, from, id, through }: ReadLog
): Effect.Effect<void> =>
  persister.readEntries({ from, through, bytesMax }).pipe(
    Effect.map((entries) => driver.post({ _tag: "LogRead", id, entries })),
    Effect.catch((error) =>
      Effect.logWarning(
        `server ${server} could not read entries ${from}..${through} back; it will try again`,
        error
      ).pipe(Effect.andThen(Effect.sync(() => driver.post({ _tag: "LogReadFailed", id }))))
    ),
    Effect.andThen(wake.open),
    Effect.onError((cause) => Deferred.failCause(broken, cause)),
    Effect.forkIn(scope, { startImmediately: true }),
    Effect.asVoid
  )

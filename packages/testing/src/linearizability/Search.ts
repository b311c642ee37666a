/**
 * The search for an order of one partition's operations that explains them.
 *
 * It goes from return to return (just-in-time linearization, Lowe 2017, on the
 * ground of Wing and Gong 1993): an operation takes effect no earlier than the
 * next return needs it to. At each return the orders with the fewest other
 * operations before it come first; where none leads on, the search goes back
 * one return. Where it has been is remembered. There is no recursion: a history
 * may be long.
 */
import { add, has, none, remove } from "./bits.ts"
import type { HistoryOperation } from "./history.ts"
import { LostStates } from "./LostStates.ts"
import { Needs } from "./Needs.ts"
import { type Call, isDone, type Partition, type Standpoint } from "./partition.ts"
import { PendingList } from "./PendingList.ts"
import type { SequentialModel } from "./sequentialModel.ts"
import { Visited } from "./Visited.ts"

export type Finding<State, Operation, Result> =
  | Order<State, Operation, Result>
  | { readonly _tag: "NoOrder" }
  | { readonly _tag: "LimitReached" }

export interface Order<State, Operation, Result> {
  readonly _tag: "Order"
  readonly order: ReadonlyArray<HistoryOperation<Operation, Result>>
  /** Where it leads. */
  readonly state: State
}

/** An order so far and where it leads. */
interface Trial<State, Operation, Result> extends Standpoint {
  readonly state: State
  readonly stateId: number
  readonly placed: Placed<Operation, Result> | undefined
}

/** The order itself, last first: trials share their beginnings. */
interface Placed<Operation, Result> {
  readonly call: Call<Operation, Result>
  readonly before: Placed<Operation, Result> | undefined
}

/** The search at one return. */
interface Level<State, Operation, Result> {
  readonly position: number
  /** Found here and not looked at: a queue that starts at `head`. */
  readonly queue: Array<Trial<State, Operation, Result>>
  head: number
  /** The one last looked at, while others may still be made of it. */
  unexpanded: Trial<State, Operation, Result> | undefined
  /** They explain this return too: for the next level. */
  readonly ready: Array<Trial<State, Operation, Result>>
}

/** Stands for every lost state; all others have numbers from 0 on. */
const lostStateId = -1

export class Search<State, Operation, Result> {
  private readonly model: SequentialModel<State, Operation, Result>
  private readonly partition: Partition<Operation, Result>
  private readonly statesMax: number
  private readonly visited = new Visited()
  private readonly needs: Needs<State, Operation, Result>
  private readonly lost: LostStates<State, Operation, Result>
  /** Pending at the topmost level; operations that change nothing are apart from those that may. */
  private readonly reads: PendingList
  private readonly writes: PendingList
  private readonly levels: Array<Level<State, Operation, Result>> = []
  constructor(
    model: SequentialModel<State, Operation, Result>,
    partition: Partition<Operation, Result>,
    options: { readonly statesMax: number }
  ) {
    this.model = model
    this.partition = partition
    this.statesMax = options.statesMax
    this.needs = new Needs(model, partition)
    this.lost = new LostStates(model, partition, this.needs)
    this.reads = new PendingList(partition.known.length)
    this.writes = new PendingList(partition.known.length)
  }

  get states(): number {
    return this.visited.count
  }

  run(): Finding<State, Operation, Result> {
    const { returns } = this.partition
    let trial: Trial<State, Operation, Result> | undefined = this.start()
    for (;;) {
      if (trial !== undefined) {
        if (trial.position === returns.length) {
          return { _tag: "Order", order: orderOf(trial.placed), state: trial.state }
        }
        this.enter(trial)
      }
      const level = this.levels.at(-1)
      if (level === undefined) return { _tag: "NoOrder" }
      trial = this.nextTrial(level)
      if (this.visited.count > this.statesMax) return { _tag: "LimitReached" }
      if (trial === undefined) this.leave(level)
    }
  }

  private start(): Trial<State, Operation, Result> {
    const { initial } = this.model
    const stateId = this.visited.stateId(this.model.key(initial))
    return { position: 0, state: initial, stateId, known: none, unknown: none, placed: undefined }
  }

  /** One return forward: more calls are pending now. */
  private enter(trial: Trial<State, Operation, Result>): void {
    const { known, returns } = this.partition
    const { position } = trial
    if (position > 0) {
      const { of } = returns[position - 1]!
      this.pendingWith(of).remove(of.id)
    }
    const { knownEnd, knownStart } = returns[position]!
    for (let id = knownStart; id < knownEnd; id++) this.pendingWith(known[id]!).append(id)

    const level = { position, queue: [], head: 0, unexpanded: undefined, ready: [] }
    this.levels.push(level)
    this.enqueue(level, trial)
  }

  /** One return back: undoes `enter`. */
  private leave({ position }: Level<State, Operation, Result>): void {
    const { known, returns } = this.partition
    this.levels.pop()
    const { knownEnd, knownStart } = returns[position]!
    for (let id = knownEnd - 1; id >= knownStart; id--) this.pendingWith(known[id]!).remove(id)
    if (position > 0) {
      const { of } = returns[position - 1]!
      this.pendingWith(of).restore(of.id)
    }
  }

  private pendingWith(call: Call<Operation, Result>): PendingList {
    return call.isReadOnly ? this.reads : this.writes
  }

  /** The next trial that explains this level's return, or none if there are no more. */
  private nextTrial(level: Level<State, Operation, Result>): Trial<State, Operation, Result> | undefined {
    const { of } = this.partition.returns[level.position]!
    for (;;) {
      const ready = level.ready.pop()
      if (ready !== undefined) return ready
      if (level.unexpanded !== undefined) this.expand(level, level.unexpanded)
      level.unexpanded = undefined

      const trial = level.queue[level.head++]
      if (trial === undefined) return undefined
      if (has(trial.known, of.bit)) {
        // What else could take effect before this return can as well do so before the next.
        return nextLevel(trial, of)
      }
      level.unexpanded = trial
      // A read that fits was taken in when the trial was queued.
      if (!of.isReadOnly) level.ready.push(...this.place(trial, of).map((next) => nextLevel(next, of)))
      if (this.visited.count > this.statesMax) return undefined
    }
  }

  /** Queues the trials in which one more call takes effect before this level's return. */
  private expand(level: Level<State, Operation, Result>, trial: Trial<State, Operation, Result>): void {
    const { of, unknownEnd } = this.partition.returns[level.position]!
    if (!this.needs.mayBeMet(of, trial.state, trial)) return
    for (let id = this.writes.first(); id !== 0; id = this.writes.after(id)) {
      const call = this.partition.known[id]!
      if (call === of || has(trial.known, call.bit) || !isFree(call, trial)) continue
      for (const next of this.place(trial, call)) {
        this.enqueue(level, { ...next, known: add(next.known, call.bit) })
      }
    }
    for (let id = 0; id < unknownEnd; id++) {
      const call = this.partition.unknown[id]!
      if (has(trial.unknown, id) || !isFree(call, trial)) continue
      if (call.twin !== undefined && !has(trial.unknown, call.twin.id)) continue
      for (const next of this.place(trial, call)) {
        // One that changed nothing explains nothing: it may as well not have happened.
        if (next.stateId !== trial.stateId) {
          this.enqueue(level, { ...next, unknown: add(next.unknown, id) })
        }
      }
    }
  }

  private place(
    trial: Trial<State, Operation, Result>,
    call: Call<Operation, Result>
  ): ReadonlyArray<Trial<State, Operation, Result>> {
    const placed = { call, before: trial.placed }
    const nexts: Array<Trial<State, Operation, Result>> = []
    for (const state of this.model.step(trial.state, call.source.operation, call.outcome)) {
      const stateId = this.visited.stateId(this.model.key(state))
      if (stateId !== trial.stateId && !this.needs.mayChange(trial.state, state, call, trial)) continue
      nexts.push({ ...trial, state, stateId, placed })
    }
    return nexts
  }

  /**
   * Queues the trial with all the reads that fit its state, unless the search
   * has been there. Reads never need another place: whatever follows does not
   * see them.
   */
  private enqueue(level: Level<State, Operation, Result>, trial: Trial<State, Operation, Result>): void {
    let { known, placed } = trial
    for (let id = this.reads.first(); id !== 0; id = this.reads.after(id)) {
      const call = this.partition.known[id]!
      if (has(known, call.bit) || !isFree(call, { ...trial, known })) continue
      if (this.model.step(trial.state, call.source.operation, call.outcome).length === 0) continue
      known = add(known, call.bit)
      placed = { call, before: placed }
    }
    const queued = { ...trial, known, placed }
    const stateId = this.lost.isLost(trial.state, queued) ? lostStateId : trial.stateId
    if (this.visited.add(queued, stateId)) level.queue.push(queued)
  }
}

/** Whether the call's own client has nothing before it that has yet to take effect. */
const isFree = ({ predecessor }: Call<unknown, unknown>, at: Standpoint): boolean =>
  predecessor === undefined || isDone(predecessor, at)

/** The return of `of` is behind the trial, and its bit is free for another call. */
const nextLevel = <S, O, R>(trial: Trial<S, O, R>, of: Call<O, R>): Trial<S, O, R> => ({
  ...trial,
  position: trial.position + 1,
  known: remove(trial.known, of.bit)
})

const orderOf = <O, R>(placed: Placed<O, R> | undefined): ReadonlyArray<HistoryOperation<O, R>> => {
  const order: Array<HistoryOperation<O, R>> = []
  for (let each = placed; each !== undefined; each = each.before) order.push(each.call.source)
  return order.toReversed()
}

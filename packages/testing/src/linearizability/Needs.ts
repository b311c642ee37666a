/**
 * What answers still ask of the states to come: each that fits only one state
 * has to find the search in it once more before its operation returns.
 */
import { has } from "./bits.ts"
import { type Call, isDone, type Partition, type Standpoint } from "./partition.ts"
import type { SequentialModel } from "./sequentialModel.ts"

export class Needs<State, Operation, Result> {
  private readonly model: SequentialModel<State, Operation, Result>
  private readonly partition: Partition<Operation, Result>
  /** The calls that fit but one state, in the order of their returns. */
  private readonly needing: Array<Call<Operation, Result>> = []
  /** The same, by the key of that state. */
  private readonly needingState = new Map<string | number, Array<Call<Operation, Result>>>()
  /** Of the calls with an unknown outcome, those whose result depends on what they find. */
  private readonly unknownBuilders: ReadonlyArray<Call<Operation, Result>>
  /** By a state's key: the others that lead to it. There may be many, and most lead to few states. */
  private readonly unknownMakers = new Map<string | number, ReadonlyArray<Call<Operation, Result>>>()

  constructor(model: SequentialModel<State, Operation, Result>, partition: Partition<Operation, Result>) {
    this.model = model
    this.partition = partition
    this.unknownBuilders = partition.unknown.filter((call) => !this.overwrites(call))
    for (const { of } of partition.returns) {
      const state = this.needOf(of)
      if (state === undefined) continue
      this.needing.push(of)
      const key = model.key(state)
      const sameNeed = this.needingState.get(key)
      if (sameNeed === undefined) this.needingState.set(key, [of])
      else sameNeed.push(of)
    }
  }

  /** Of the calls that fit but one state and are not done, the one that returns first. */
  next(at: Standpoint): Call<Operation, Result> | undefined {
    return firstUndone(this.needing, undefined, at)
  }

  /** Whether what can take effect before this return may lead from `state` to the one that it needs. */
  mayBeMet(of: Call<Operation, Result>, state: State, at: Standpoint): boolean {
    const needed = this.needOf(of)
    return needed === undefined || this.mayReach(state, needed, of, at)
  }

  /**
   * Whether the search may go from one state to another, by that call: what the
   * next return needs may still be met, and so may whatever needs the state that
   * is left.
   */
  mayChange(from: State, to: State, by: Call<Operation, Result>, at: Standpoint): boolean {
    const next = firstUndone(this.needing, by, at)
    if (next !== undefined && !this.mayReach(to, this.needOf(next)!, next, at, by)) return false
    const left = this.needingState.get(this.model.key(from))
    const last = left === undefined ? undefined : firstUndone(left, by, at)
    return last === undefined || this.mayReach(to, from, last, at, by)
  }

  private needOf({ outcome, source }: Call<Operation, Result>): State | undefined {
    return this.model.mayLeadTo === undefined ? undefined : this.model.needs?.(source.operation, outcome)
  }

  /** Whether some call, not `except`, that is not done and called before `deadline` returns is on a way between two states. */
  private mayReach(
    from: State,
    to: State,
    deadline: Call<Operation, Result>,
    at: Standpoint,
    except?: Call<Operation, Result>
  ): boolean {
    const toKey = this.model.key(to)
    if (this.model.key(from) === toKey) return true
    const { known, returns } = this.partition
    const { knownEnd, unknownEnd } = returns[deadline.returnPosition]!
    // Calls are numbered in their order: those pending are between the oldest of them and the newest.
    for (let id = returns[at.position]!.oldestPending; id < knownEnd; id++) {
      const call = known[id]!
      if (call !== except && !call.isReadOnly && !isDone(call, at) && this.leads(call, from, to)) return true
    }
    const isLeft = (call: Call<Operation, Result>): boolean =>
      call !== except && call.id < unknownEnd && !has(at.unknown, call.id)
    return (
      this.makersOf(to, toKey).some(isLeft) ||
      this.unknownBuilders.some((call) => isLeft(call) && this.leads(call, from, to))
    )
  }

  private makersOf(state: State, key: string | number): ReadonlyArray<Call<Operation, Result>> {
    const known = this.unknownMakers.get(key)
    if (known !== undefined) return known
    const makers = this.partition.unknown.filter(
      (call) => this.overwrites(call) && this.leads(call, this.model.initial, state)
    )
    this.unknownMakers.set(key, makers)
    return makers
  }

  private leads({ source }: Call<Operation, Result>, from: State, to: State): boolean {
    return this.model.mayLeadTo?.(source.operation, from, to) === true
  }

  private overwrites({ source }: Call<Operation, Result>): boolean {
    return this.model.overwrites?.(source.operation) === true
  }
}

/** Of calls sorted by their returns, the first one, but for `except`, that has yet to take effect. */
const firstUndone = <O, R>(
  calls: ReadonlyArray<Call<O, R>>,
  except: Call<O, R> | undefined,
  at: Standpoint
): Call<O, R> | undefined => {
  let start = 0
  let end = calls.length
  while (start < end) {
    const middle = (start + end) >>> 1
    if (calls[middle]!.returnPosition < at.position) start = middle + 1
    else end = middle
  }
  while (start < calls.length && (calls[start] === except || isDone(calls[start]!, at))) start++
  return calls[start]
}

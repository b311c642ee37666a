/**
 * States that no answer will ever tell apart: they are overwritten before any
 * operation looks. What led to them, and in which order, does not matter.
 */
import { has } from "./bits.ts"
import type { Needs } from "./Needs.ts"
import { type Call, isDone, type Partition, type Standpoint } from "./partition.ts"
import type { SequentialModel } from "./sequentialModel.ts"

/** An operation that tells this state from others. */
interface Look<State, Operation, Result> {
  readonly call: Call<Operation, Result>
  readonly state: State
  readonly key: string | number
}

/** What can take effect between a point of the search and a return: most trials of a level share it. */
interface Meantime<State, Operation, Result> {
  readonly position: number
  readonly deadline: Call<Operation, Result>
  readonly looks: ReadonlyArray<Look<State, Operation, Result>>
  /** Operations whose result depends on the state they find. */
  readonly builders: ReadonlyArray<Call<Operation, Result>>
}

export class LostStates<State, Operation, Result> {
  private readonly model: SequentialModel<State, Operation, Result>
  private readonly partition: Partition<Operation, Result>
  private readonly needs: Needs<State, Operation, Result>
  private readonly unknownLooks: ReadonlyArray<Look<State, Operation, Result>>
  private readonly unknownBuilders: ReadonlyArray<Call<Operation, Result>>
  private meantime: Meantime<State, Operation, Result> | undefined

  constructor(
    model: SequentialModel<State, Operation, Result>,
    partition: Partition<Operation, Result>,
    needs: Needs<State, Operation, Result>
  ) {
    this.model = model
    this.partition = partition
    this.needs = needs
    this.unknownLooks = partition.unknown.flatMap((call) => this.looksOf(call))
    this.unknownBuilders = partition.unknown.filter((call) => this.isBuilder(call))
  }

  /**
   * Whether the state, and all that operations can build on it, goes unseen
   * until it is overwritten: the next answer that needs a state needs one that
   * cannot be built on this, and nothing that may come before it looks for one
   * that can.
   */
  isLost(state: State, at: Standpoint): boolean {
    if (this.model.tellsApart === undefined || this.model.overwrites === undefined) return false
    const next = this.needs.next(at)
    if (next === undefined) return false
    const { builders, looks } = this.meantimeUntil(next, at)
    const key = this.model.key(state)
    return looks.every((look) => {
      if (isUsed(look.call, at)) return true
      return look.key !== key && !builders.some((by) => this.leads(by, state, look.state) && !isUsed(by, at))
    })
  }

  private leads({ source }: Call<Operation, Result>, from: State, to: State): boolean {
    return this.model.mayLeadTo?.(source.operation, from, to) !== false
  }

  private meantimeUntil(
    deadline: Call<Operation, Result>,
    { position }: Standpoint
  ): Meantime<State, Operation, Result> {
    if (this.meantime?.position === position && this.meantime.deadline === deadline) return this.meantime
    const { known, returns } = this.partition
    const { knownEnd, unknownEnd } = returns[deadline.returnPosition]!
    // What is needed next comes first: most states lead to it, and no others are looked at then.
    const looks = this.looksOf(deadline)
    const builders: Array<Call<Operation, Result>> = []
    for (let id = returns[position]!.oldestPending; id < knownEnd; id++) {
      const call = known[id]!
      if (call.returnPosition < position) continue
      if (call !== deadline) looks.push(...this.looksOf(call))
      if (this.isBuilder(call)) builders.push(call)
    }
    looks.push(...this.unknownLooks.filter(({ call }) => call.id < unknownEnd))
    builders.push(...this.unknownBuilders.filter(({ id }) => id < unknownEnd))
    this.meantime = { position, deadline, looks, builders }
    return this.meantime
  }

  private looksOf(call: Call<Operation, Result>): Array<Look<State, Operation, Result>> {
    const states = this.model.tellsApart?.(call.source.operation, call.outcome) ?? []
    return states.map((state) => ({ call, state, key: this.model.key(state) }))
  }

  private isBuilder({ isReadOnly, source }: Call<Operation, Result>): boolean {
    return !isReadOnly && this.model.overwrites?.(source.operation) !== true
  }
}

const isUsed = (call: Call<unknown, unknown>, at: Standpoint): boolean =>
  call.returnPosition === Infinity ? has(at.unknown, call.bit) : isDone(call, at)

/**
 * Commands that somebody waits for, from `propose` to their end.
 *
 * Each ends exactly once: with its result when the entry at its index and term
 * is applied here, whichever server appended it, as superseded when another term's entry is applied there, or
 * unknown when its time is up, which comes sooner once its leader has lost its
 * role. Until the reducer has appended it, it can be withdrawn without a trace.
 */
import type { CommandKind, Proposal, ProposalAnswer } from "@effect-raft/core"
import { Exit } from "effect"
import { NotLeader, OutcomeUnknown, Overloaded, Superseded } from "../errors.ts"
import type { ProposeError } from "../raftServerModel.ts"

const noProposals: ReadonlyArray<Proposal> = []

/** Results kept for commands that were forwarded, whose place this server hears of late. */
const recentMax = 4_096

export type Resume = (exit: Exit.Exit<unknown, ProposeError>) => void

interface Pending {
  readonly proposal: Proposal
  readonly resume: Resume
  /** When the reducer was given it (ms); `Infinity` before. */
  steppedAt: number
  /** Where the leader appended it; `undefined` before, or until a leader elsewhere says. */
  place: { readonly index: number; readonly term: number } | undefined
}

export interface PendingOptions {
  readonly server: string
  /** How long a proposal waits for its result (ms). */
  readonly timeout: number
  /**
   * How long a proposal outlives the leadership that appended it (ms): another
   * leader may still commit it.
   */
  readonly timeoutOnceLost: number
  /** Told of every result, and when the reducer was given the command. */
  readonly succeeded: (steppedAt: number) => void
}

/** A leadership that ended: whatever it appended is waited for until then (ms). */
interface Loss {
  readonly throughId: number
  readonly until: number
}

export class PendingProposals {
  readonly #server: string
  readonly #timeout: number
  readonly #timeoutOnceLost: number
  readonly #succeeded: (steppedAt: number) => void
  #lastId = 0
  #lastAppendedId = 0
  /** In the order of their deadlines, for all wait equally long from the turn that took them. */
  readonly #byId = new Map<number, Pending>()
  /** More than one per index where leaders changed. */
  readonly #byIndex = new Map<number, Array<Pending>>()
  #unstepped: Array<Pending> = []
  /** The reducer has them, and has not said where they stand: those that were forwarded. */
  #unplaced = 0
  /** What was applied meanwhile, in log order; and through where that is no longer known. */
  readonly #recent = new Map<number, { readonly term: number; readonly result: unknown }>()
  #forgottenThrough = 0
  /** Oldest first; only those that some proposal waits for. */
  #losses: ReadonlyArray<Loss> = []

  constructor({ server, succeeded, timeout, timeoutOnceLost }: PendingOptions) {
    this.#server = server
    this.#timeout = timeout
    this.#timeoutOnceLost = timeoutOnceLost
    this.#succeeded = succeeded
  }

  get size(): number {
    return this.#byId.size
  }

  /** Until when none of them has waited too long (ms). */
  get deadline(): number {
    const oldest = this.#byId.values().next().value
    return oldest === undefined ? Infinity : this.#untilOf(oldest)
  }

  /** Everything this leader appended is somebody else's to commit now, or nobody's. */
  leadershipLost(at: number): void {
    if (this.#byId.size === 0) return
    this.#losses = [...this.#losses, { throughId: this.#lastAppendedId, until: at + this.#timeoutOnceLost }]
  }

  /** Numbers for proposals that nobody waits for (`start`). */
  nextId(): number {
    return ++this.#lastId
  }

  add(command: Uint8Array, resume: Resume, kind: CommandKind = "Command"): number {
    const proposal: Proposal = { id: this.nextId(), kind, command }
    const pending: Pending = { proposal, resume, steppedAt: Infinity, place: undefined }
    this.#byId.set(proposal.id, pending)
    this.#unstepped.push(pending)
    return proposal.id
  }

  /** Nobody waits for it any more. If the reducer has not seen it, it never will. */
  withdraw(id: number): void {
    const pending = this.#byId.get(id)
    if (pending !== undefined) this.#forget(pending)
  }

  /** Everything proposed since the last turn and not withdrawn, as one batch. */
  takeUnstepped(at: number): ReadonlyArray<Proposal> {
    const taken = this.#unstepped
    if (taken.length === 0) return noProposals
    this.#unstepped = []
    const proposals: Array<Proposal> = []
    for (const pending of taken) {
      if (!this.#byId.has(pending.proposal.id)) continue
      pending.steppedAt = at
      this.#unplaced++
      proposals.push(pending.proposal)
    }
    return proposals
  }

  answered(answer: ProposalAnswer): void {
    const pending = this.#byId.get(answer.id)
    if (pending === undefined) return
    switch (answer._tag) {
      case "Appended": {
        this.#lastAppendedId = Math.max(this.#lastAppendedId, answer.id)
        pending.place = { index: answer.index, term: answer.term }
        const others = this.#byIndex.get(answer.index)
        if (others === undefined) this.#byIndex.set(answer.index, [pending])
        else others.push(pending)
        this.#catchUp(pending, answer.index)
        this.#placed()
        return
      }
      case "Unknown":
        return this.#end(pending, this.#unknown(pending, "Forwarded"))
      case "NotLeader":
        return this.#end(pending, Exit.fail(new NotLeader({ server: this.#server, leader: answer.leaderId })))
      case "Overloaded":
        return this.#end(pending, Exit.fail(new Overloaded({ server: this.#server })))
    }
  }

  /** It may have been applied before this server heard where it stands. */
  #catchUp(pending: Pending, index: number): void {
    const applied = this.#recent.get(index)
    if (applied !== undefined) return this.#conclude(pending, index, applied.term, applied.result)
    if (index <= this.#forgottenThrough) this.#end(pending, this.#unknown(pending, "Forwarded"))
  }

  #placed(): void {
    this.#unplaced--
    if (this.#unplaced === 0) this.#recent.clear()
  }

  /** Whether somebody waits for this index, or may hear that it does: results are only collected then. */
  awaits(index: number): boolean {
    return this.#unplaced > 0 || this.#byIndex.has(index)
  }

  /** The entry `(index, term)` was applied with this result. */
  applied(index: number, term: number, result: unknown): void {
    for (const pending of this.#byIndex.get(index) ?? []) this.#conclude(pending, index, term, result)
    if (this.#unplaced === 0) return
    this.#recent.set(index, { term, result })
    if (this.#recent.size <= recentMax) return
    const [oldest] = this.#recent.keys()
    this.#forgottenThrough = oldest!
    this.#recent.delete(oldest!)
  }

  #conclude(pending: Pending, index: number, term: number, result: unknown): void {
    const place = pending.place!
    if (place.term !== term) {
      return this.#end(pending, Exit.fail(new Superseded({ server: this.#server, index, term: place.term })))
    }
    this.#succeeded(pending.steppedAt)
    this.#end(pending, Exit.succeed(result))
  }

  /** A snapshot took the place of the entries through here: which of them were somebody's, it does not tell. */
  covered(through: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, through)
    for (const pending of this.#byId.values()) {
      const { place } = pending
      if (place !== undefined && place.index <= through) {
        this.#end(pending, this.#unknown(pending, "SnapshotInstalled"))
      }
    }
  }

  /** Ends what has waited too long. */
  expire(now: number): void {
    for (const pending of this.#byId.values()) {
      if (this.#untilOf(pending) > now) break
      const isTimeout = pending.steppedAt + this.#timeout <= now
      this.#end(pending, this.#unknown(pending, isTimeout ? "Timeout" : "LeadershipLost"))
    }
    if (this.#losses.length > 0) this.#losses = this.#losses.filter(({ until }) => until > now)
  }

  /** Until when a proposal waits; later ones never end before. */
  #untilOf({ proposal, steppedAt }: Pending): number {
    const until = steppedAt + this.#timeout
    const loss = this.#losses.find(({ throughId }) => proposal.id <= throughId)
    return loss === undefined || until < loss.until ? until : loss.until
  }

  /** Ends everything: unknown where the command may have been appended, with `error` where it was not. */
  endAll(reason: "Stopped" | "StorageFailed", error: ProposeError): void {
    for (const pending of this.#byId.values()) {
      const isUnseen = pending.steppedAt === Infinity
      this.#end(pending, isUnseen ? Exit.fail(error) : this.#unknown(pending, reason))
    }
  }

  #unknown(pending: Pending, reason: OutcomeUnknown["reason"]): Exit.Exit<never, OutcomeUnknown> {
    const { index, term } = pending.place ?? { index: 0, term: 0 }
    return Exit.fail(new OutcomeUnknown({ server: this.#server, index, term, reason }))
  }

  #end(pending: Pending, exit: Exit.Exit<unknown, ProposeError>): void {
    this.#forget(pending)
    pending.resume(exit)
  }

  #forget(pending: Pending): void {
    this.#byId.delete(pending.proposal.id)
    if (pending.place === undefined) {
      if (pending.steppedAt !== Infinity) this.#placed()
      return
    }
    const { index } = pending.place
    const others = (this.#byIndex.get(index) ?? []).filter((other) => other !== pending)
    if (others.length === 0) this.#byIndex.delete(index)
    else this.#byIndex.set(index, others)
  }
}

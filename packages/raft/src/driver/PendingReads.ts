/**
 * Reads that somebody waits for: each ends exactly once, by the reducer's answer
 * or with the server. The reducer keeps their deadlines.
 */
import type { LogIndex, ReadAnswer, ReadConsistency } from "@effect-raft/core"
import { Exit } from "effect"
import {
  NoClockDriftBound,
  NotLeader,
  ReadTimedOut,
  type StorageFailed,
  type Stopped,
  TooStale
} from "../errors.ts"
import type { ReadError } from "../raftServerModel.ts"

type AnyReadError = ReadError | NoClockDriftBound | TooStale

/** Hears how a read ended. What fails in a way of its own, the reducer refuses to none but who asked for that. */
export type ReadResume = (exit: Exit.Exit<LogIndex, AnyReadError>) => void

/** Reads that the next turn asks for in the same way. */
export interface Unstepped {
  readonly consistency: ReadConsistency | undefined
  readonly ids: Array<number>
}

export class PendingReads {
  readonly #server: string
  readonly #byId = new Map<number, ReadResume>()
  #lastId = 0
  #unstepped = new Map<string, Unstepped>()

  constructor(server: string) {
    this.#server = server
  }

  /** The next turn asks for it; without `consistency`, for a read that a quorum confirms. */
  add(resume: ReadResume, consistency?: ReadConsistency): number {
    const id = ++this.#lastId
    this.#byId.set(id, resume)
    const key = keyOf(consistency)
    const alike = this.#unstepped.get(key)
    if (alike === undefined) this.#unstepped.set(key, { consistency, ids: [id] })
    else alike.ids.push(id)
    return id
  }

  /** Nobody waits for it any more. */
  withdraw(id: number): void {
    this.#byId.delete(id)
  }

  /** Everything asked for since the last turn and not withdrawn. */
  takeUnstepped(): ReadonlyArray<Unstepped> {
    if (this.#unstepped.size === 0) return nothing
    const taken = [...this.#unstepped.values()]
    this.#unstepped = new Map()
    return taken
      .map(({ consistency, ids }) => ({ consistency, ids: ids.filter((id) => this.#byId.has(id)) }))
      .filter(({ ids }) => ids.length > 0)
  }

  answered(answer: ReadAnswer): void {
    this.#byId.get(answer.id)?.(this.#exitOf(answer))
    this.#byId.delete(answer.id)
  }

  endAll(error: StorageFailed | Stopped): void {
    for (const resume of this.#byId.values()) resume(Exit.fail(error))
    this.#byId.clear()
  }

  #exitOf(answer: ReadAnswer): Exit.Exit<LogIndex, AnyReadError> {
    const server = this.#server
    switch (answer._tag) {
      case "Ready":
        return Exit.succeed(answer.readIndex)
      case "NotLeader":
        return Exit.fail(new NotLeader({ server, leader: answer.leaderId }))
      case "TimedOut":
        return Exit.fail(new ReadTimedOut({ server }))
      case "NoClockDriftBound":
        return Exit.fail(new NoClockDriftBound({ server }))
      case "TooStale":
        return Exit.fail(new TooStale({ server, staleness: answer.staleness }))
    }
  }
}

const nothing: ReadonlyArray<Unstepped> = []

/** Equal for reads that one event can ask for. */
const keyOf = (consistency: ReadConsistency | undefined): string => {
  if (consistency === undefined) return "quorum"
  return consistency._tag === "Lease" ? "lease" : `stale ${consistency.atMost}`
}

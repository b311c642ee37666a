/**
 * Reads that somebody waits for: each ends exactly once, by the reducer's answer
 * or with the server. The reducer keeps their deadlines.
 */
import type { LogIndex, ReadAnswer } from "@effect-raft/core"
import { Exit } from "effect"
import { NotLeader, ReadTimedOut, type StorageFailed, type Stopped } from "../errors.ts"
import type { ReadError } from "../raftServerModel.ts"

export type ReadResume = (exit: Exit.Exit<LogIndex, ReadError>) => void

export class PendingReads {
  readonly #server: string
  readonly #byId = new Map<number, ReadResume>()
  #lastId = 0
  #unstepped: Array<number> = []

  constructor(server: string) {
    this.#server = server
  }

  /** The next turn asks for it. */
  add(resume: ReadResume): number {
    const id = ++this.#lastId
    this.#byId.set(id, resume)
    this.#unstepped.push(id)
    return id
  }

  /** Nobody waits for it any more. */
  withdraw(id: number): void {
    this.#byId.delete(id)
  }

  /** Everything asked for since the last turn and not withdrawn. */
  takeUnstepped(): ReadonlyArray<number> {
    const taken = this.#unstepped
    if (taken.length === 0) return taken
    this.#unstepped = []
    return taken.filter((id) => this.#byId.has(id))
  }

  answered(answer: ReadAnswer): void {
    this.#byId.get(answer.id)?.(this.#exitOf(answer))
    this.#byId.delete(answer.id)
  }

  endAll(error: StorageFailed | Stopped): void {
    for (const resume of this.#byId.values()) resume(Exit.fail(error))
    this.#byId.clear()
  }

  #exitOf(answer: ReadAnswer): Exit.Exit<LogIndex, ReadError> {
    const server = this.#server
    switch (answer._tag) {
      case "Ready":
        return Exit.succeed(answer.readIndex)
      case "NotLeader":
        return Exit.fail(new NotLeader({ server, leader: answer.leaderId }))
      case "TimedOut":
        return Exit.fail(new ReadTimedOut({ server }))
    }
  }
}

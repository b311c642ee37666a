/**
 * What an all-seeing observer of the cluster remembers: every entry ever written, what was ever committed,
 * and the log of every term's leader.
 */
import type { Entry } from "../../src/entry.ts"
import type { ServerId, Term } from "../../src/ids.ts"
import type { Output } from "../../src/output.ts"
import type { Server } from "../../src/server.ts"
import type { Core } from "./core.ts"

export interface Commitment {
  readonly index: number
  /** The term of the entry that was committed; `undefined` if nothing was there to commit. */
  readonly term: Term | undefined
  readonly by: ServerId
  /** `currentTerm` of whoever committed it first. */
  readonly inTerm: Term
}

export class History {
  /** By index; position 0 stays empty. */
  readonly committed: Array<Commitment | undefined> = [undefined]
  /** The last value of each term's leader: its log only grew. */
  readonly leaders = new Map<Term, Server>()
  /** Every configuration that was ever written, each once. */
  readonly configurations: Array<Entry> = []
  private readonly core: Core
  private readonly entries = new Map<string, Entry>()

  constructor(core: Core) {
    this.core = core
  }

  /** The entry that was first written with this index and term. */
  entryAt(index: number, term: Term): Entry | undefined {
    return this.entries.get(`${index}:${term}`)
  }

  remember(entry: Entry): void {
    const key = `${entry.index}:${entry.term}`
    if (this.entries.has(key)) return
    this.entries.set(key, entry)
    if (entry.kind === "Configuration") this.configurations.push(entry)
  }

  record(before: Server, after: Server, outputs: ReadonlyArray<Output>): void {
    for (const output of outputs) {
      if (output._tag !== "Write") continue
      output.entries.forEach((entry) => this.remember(entry))
    }
    // What a snapshot stands for was committed by whoever took it.
    const first = Math.max(before.commitIndex + 1, after.log.lastIncludedIndex)
    for (let index = first; index <= after.commitIndex; index++) {
      this.committed[index] ??= {
        index,
        term: this.core.Log.termAt(after.log, this.core.logIndex(index)),
        by: after.self.id,
        inTerm: after.currentTerm
      }
    }
    if (after.role._tag === "Leader") this.leaders.set(after.currentTerm, after)
  }
}

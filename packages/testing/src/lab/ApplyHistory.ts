/**
 * What every server has applied, over all its lives, and the rules it must
 * keep: no gaps, and no two servers that differ.
 */
import type { LabCommand } from "./labCommand.ts"
import type { LabProfile } from "./profile.ts"

/** An applied entry without a command, where those count. */
export const noCommand: unique symbol = Symbol.for("@effect-raft/testing/noCommand")

export type Slot = LabCommand | typeof noCommand

export interface AppliedEntry {
  readonly index: number
  readonly command: LabCommand | undefined
}

/** A snapshot that took the place of what a server had applied. */
export interface AppliedSnapshot {
  /** The last entry it stands for. */
  readonly index: number
  /** The commands it holds, those of the last indexes up to `index`. */
  readonly commands: ReadonlyArray<LabCommand>
}

/** How many servers have an entry, and which. */
export interface Committed {
  readonly count: number
  readonly slot: Slot | undefined
}

export class ApplyHistory {
  /** The highest index that any server ever applied. */
  maxIndex = 0
  private readonly profile: LabProfile
  private readonly logs: Array<Map<number, Slot>>
  /** The index each server's present life applies next; 0 while it has applied nothing. */
  private readonly nextIndex: Array<number>

  constructor(servers: number, profile: LabProfile) {
    this.profile = profile
    this.logs = Array.from({ length: servers }, () => new Map<number, Slot>())
    this.nextIndex = Array.from({ length: servers }, () => 0)
  }

  /** A new life of this server begins. */
  restart(server: number): void {
    this.nextIndex[server] = 0
  }

  /** Records what a server applied; says which rule that breaks, if any. */
  record(server: number, entry: AppliedEntry): string | undefined {
    const { index } = entry
    this.maxIndex = Math.max(this.maxIndex, index)
    if (entry.command === undefined && this.profile.commandlessEntries === "Ignored") return undefined
    if (index < this.nextIndex[server]! && this.profile.repeatedEntries === "Ignored") return undefined
    const slot = entry.command ?? noCommand

    const broken = this.gap(server, index) ?? this.disagreement(server, index, slot)
    if (broken !== undefined) return broken
    this.logs[server]!.set(index, slot)
    this.nextIndex[server] = index + 1
    return undefined
  }

  /**
   * Records that a server took a snapshot in: what it holds is all that is known
   * of the server from now on.
   */
  install(server: number, { commands, index }: AppliedSnapshot): string | undefined {
    const next = this.nextIndex[server]!
    if (index + 1 < next) {
      return `server ${server} went back to a snapshot at index ${index} (expected ${next})`
    }
    const first = index - commands.length + 1
    for (const [position, command] of commands.entries()) {
      const broken = this.disagreement(server, first + position, command)
      if (broken !== undefined) return broken
    }
    this.logs[server] = new Map(commands.map((command, position) => [first + position, command]))
    this.nextIndex[server] = index + 1
    this.maxIndex = Math.max(this.maxIndex, index)
    return undefined
  }

  /** Counts the servers that have this index. */
  committed(index: number): Committed {
    let count = 0
    let slot: Slot | undefined
    for (let server = 0; server < this.logs.length; server++) {
      if (this.profile.commitCount === "ThisLife" && this.nextIndex[server]! <= index) continue
      const here = this.logs[server]!.get(index)
      if (here === undefined) continue
      count++
      slot = here
    }
    return { count, slot }
  }

  /** One line per server, for a failure's report. */
  describe(): ReadonlyArray<string> {
    return this.logs.map((log, server) => {
      const entries = [...log].map(([index, slot]) => `${index}=${describeSlot(slot)}`)
      return `server ${server} applied ${entries.length} entries (next index ${this.nextIndex[server]}): ${entries.join(" ")}`
    })
  }

  private gap(server: number, index: number): string | undefined {
    const { contiguity, firstIndexMin } = this.profile
    const next = this.nextIndex[server]!
    const isFirst = index <= 1 && index >= firstIndexMin
    const follows = contiguity === "AllLives" ? this.logs[server]!.has(index - 1) : next > 0 && index === next
    const mayBeFirst = isFirst && (contiguity === "AllLives" || next === 0)
    if (follows || mayBeFirst) return undefined
    return `server ${server} applied index ${index} out of order (expected ${Math.max(next, firstIndexMin)})`
  }

  private disagreement(server: number, index: number, slot: Slot): string | undefined {
    for (let other = 0; other < this.logs.length; other++) {
      const there = this.logs[other]!.get(index)
      if (there !== undefined && there !== slot) {
        return `commit index ${index}: server ${server} applied ${describeSlot(slot)}, but server ${other} had applied ${describeSlot(there)}`
      }
    }
    return undefined
  }
}

export const describeSlot = (slot: Slot | undefined): string => {
  if (slot === undefined) return "nothing"
  if (slot === noCommand) return "(no command)"
  const text = String(slot)
  return text.length > 24 ? `${text.slice(0, 24)}… (${text.length} characters)` : text
}

/**
 * The key of a state: 64 bits that are the same for all states that differ in the servers' names alone.
 *
 * Under each renaming a state's bits are the sum of its parts' bits; the key is the smallest of these. Of n
 * states two share a key by chance with a probability below n² r² / 2^65 for r renamings: about 10^-6 for
 * a million states of three servers.
 */
import type { Message } from "@effect-raft/core"
import type { Catalogue } from "./Catalogue.ts"
import type { History } from "./history.ts"
import type { Host } from "./host.ts"
import type { Packed } from "./StateQueue.ts"

export interface Catalogues {
  readonly hosts: Catalogue<Host>
  readonly messages: Catalogue<Message>
  readonly histories: Catalogue<History>
}

/** How a state differs from the one before it. */
export interface Change {
  readonly before: number
  readonly after: number
  /** Messages that there are more now, and fewer, of those that count. */
  readonly added: ReadonlyArray<number>
  readonly removed: ReadonlyArray<number>
  readonly history: number
}

export class StateKey {
  high = 0
  low = 0

  readonly #catalogues: Catalogues
  readonly #renamings: number
  readonly #highs: Int32Array
  readonly #lows: Int32Array
  #history = 0

  constructor(catalogues: Catalogues, renamings: number) {
    this.#catalogues = catalogues
    this.#renamings = renamings
    this.#highs = new Int32Array(renamings)
    this.#lows = new Int32Array(renamings)
  }

  /** Sums up a state, whose neighbours are wanted next; `messages` are those of its messages that count. */
  begin({ history, hosts }: Packed, messages: ReadonlyArray<number>): void {
    const catalogues = this.#catalogues
    this.#history = history
    for (let renaming = 0; renaming < this.#renamings; renaming++) {
      let high = catalogues.histories.high(history, renaming)
      let low = catalogues.histories.low(history, renaming)
      for (let position = 0; position < hosts.length; position++) {
        high = (high + catalogues.hosts.high(hosts[position]!, renaming)) | 0
        low = (low + catalogues.hosts.low(hosts[position]!, renaming)) | 0
      }
      for (let position = 0; position < messages.length; position++) {
        high = (high + catalogues.messages.high(messages[position]!, renaming)) | 0
        low = (low + catalogues.messages.low(messages[position]!, renaming)) | 0
      }
      this.#highs[renaming] = high
      this.#lows[renaming] = low
    }
  }

  /** Sets `high` and `low` to the key of the neighbour. */
  of({ added, after, before, history, removed }: Change): void {
    const { histories, hosts, messages } = this.#catalogues
    for (let renaming = 0; renaming < this.#renamings; renaming++) {
      let high = this.#highs[renaming]! + hosts.high(after, renaming) - hosts.high(before, renaming)
      let low = this.#lows[renaming]! + hosts.low(after, renaming) - hosts.low(before, renaming)
      for (let position = 0; position < added.length; position++) {
        high += messages.high(added[position]!, renaming)
        low += messages.low(added[position]!, renaming)
      }
      for (let position = 0; position < removed.length; position++) {
        high -= messages.high(removed[position]!, renaming)
        low -= messages.low(removed[position]!, renaming)
      }
      if (history !== this.#history) {
        high += histories.high(history, renaming) - histories.high(this.#history, renaming)
        low += histories.low(history, renaming) - histories.low(this.#history, renaming)
      }
      high |= 0
      low |= 0
      if (renaming > 0 && (high > this.high || (high === this.high && low >= this.low))) continue
      this.high = high
      this.low = low
    }
  }
}

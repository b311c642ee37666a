/**
 * The breadth-first search: every state within the bounds, each once up to renaming of the servers, every
 * property in each.
 *
 * A state is the hosts, the set of all messages ever sent, and what the past says (`History`), as numbers
 * from the catalogues. Of a state that was expanded nothing stays but its key, its parent and the
 * transition between them.
 */
import type { ServerOptions } from "@effect-raft/core"
import { type Bounds, defaultBounds } from "./bounds.ts"
import { hostText, messageText } from "./canonicalText.ts"
import { Catalogue } from "./Catalogue.ts"
import type { Counterexample } from "./counterexample.ts"
import { extended, historyText, noHistory } from "./history.ts"
import type { DiskPace, Setting } from "./host.ts"
import { invariants } from "./invariants/invariants.ts"
import type { State } from "./invariants/invariant.ts"
import { firstHosts, settingOf } from "./model.ts"
import { libraryReducer, type Reducer } from "./reducer.ts"
import { renamingsOf, serverNames } from "./renamings.ts"
import { type PathStep, replay } from "./replay.ts"
import { type Catalogues, StateKey } from "./StateKey.ts"
import { type Packed, StateQueue } from "./StateQueue.ts"
import { StateTable } from "./StateTable.ts"
import { type Transition, Transitions } from "./Transitions.ts"
import { Words } from "./Words.ts"

export interface ExploreOptions {
  /** How large the model is; what is left out is as in `defaultBounds`. */
  readonly bounds?: Partial<Bounds>
  /** The reducer to explore: the library's own unless told. */
  readonly reducer?: Reducer
  /** `Slow` unless told. */
  readonly disk?: DiskPace
  /** Whether leadership transfers are part of it: no, unless told. */
  readonly hasTransfers?: boolean
  /** Options of the servers. PreVote, CheckQuorum and the no-op are off unless told; timers are the model's. */
  readonly serverOptions?: Partial<ServerOptions>
  /** Whether states that differ in the servers' names alone are one: yes, unless the numbers are to be compared. */
  readonly isReduced?: boolean
  /** Ends the search at this many states. */
  readonly statesMax?: number
  /** Ends the search when all states at this many actions from the first are found. */
  readonly depthMax?: number
}

/** Why nothing more is to be found. */
export type Ending = "Complete" | "DepthMax" | "StatesMax" | "Violation"

/** How many states show what: a search that saw no leader has shown nothing. */
export interface Occurrences {
  /** Some server leads. */
  readonly leader: number
  /** Two servers lead, of different terms. */
  readonly twoLeaders: number
  /** There was a second election. */
  readonly secondElection: number
  /** Something was committed. */
  readonly committed: number
}

export interface Exploration {
  readonly bounds: Bounds
  /** Different states found, the first included. */
  readonly states: number
  /** The most actions that any of them is away from the first. */
  readonly depth: number
  /** `Interrupted`: nobody waited for the end. */
  readonly ending: Ending | "Interrupted"
  readonly occurrences: Occurrences
  readonly counterexample: Counterexample | undefined
}

const none: ReadonlyArray<number> = []

export class Explorer {
  readonly #setting: Setting
  readonly #bounds: Bounds
  readonly #statesMax: number
  readonly #depthMax: number
  #depth = 0
  #ending: Ending | undefined
  #counterexample: Counterexample | undefined
  readonly #occurrences = { leader: 0, twoLeaders: 0, secondElection: 0, committed: 0 }

  readonly #catalogues: Catalogues
  readonly #transitions: Transitions
  readonly #key: StateKey
  readonly #table = new StateTable()
  readonly #queue = new StateQueue()
  /** By state: the one it was found from, and by which transition. */
  readonly #parents = new Words()
  readonly #through = new Words()

  /** The state being expanded, those of its messages that count, and a mark on each that it has. */
  readonly #current: Packed
  #living: ReadonlyArray<number> = []
  #marks = new Uint8Array(1024)
  #currentDepth = 0

  constructor(options: ExploreOptions = {}) {
    const bounds = { ...defaultBounds, ...options.bounds }
    const { disk = "Slow", hasTransfers = false, reducer = libraryReducer, serverOptions = {} } = options
    const setting = settingOf(bounds, { disk, hasTransfers, reducer, serverOptions })
    const names = serverNames(bounds.servers)
    const renamings = renamingsOf(names).slice(0, options.isReduced === false ? 1 : undefined)
    this.#setting = setting
    this.#bounds = bounds
    this.#statesMax = options.statesMax ?? Infinity
    this.#depthMax = options.depthMax ?? Infinity
    this.#catalogues = {
      hosts: new Catalogue(renamings, hostText),
      messages: new Catalogue(renamings, messageText),
      histories: new Catalogue(renamings, historyText)
    }
    this.#transitions = new Transitions(setting, bounds, this.#catalogues.hosts, this.#catalogues.messages)
    this.#key = new StateKey(this.#catalogues, renamings.length)
    const hosts = firstHosts(setting).map((host) => this.#catalogues.hosts.numberOf(host))
    const history = this.#catalogues.histories.numberOf(noHistory)
    this.#current = { state: 0, history, hosts, messages: [] }
    this.#begin()
  }

  /** Why the search is over; undefined while it goes on. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** What came of the search so far. */
  get exploration(): Exploration {
    return {
      bounds: this.#bounds,
      states: this.#table.size,
      depth: this.#depth,
      ending: this.#ending ?? "Interrupted",
      occurrences: { ...this.#occurrences },
      counterexample: this.#counterexample
    }
  }

  /** Expands up to this many states, a slice of the search. */
  expand(count: number): void {
    for (let expanded = 0; expanded < count && this.#ending === undefined; expanded++) {
      if (this.#queue.shift(this.#current)) this.#expandCurrent()
      else this.#descend()
    }
  }

  #begin(): void {
    const { history, hosts } = this.#current
    this.#key.begin(this.#current, [])
    this.#key.of({ before: hosts[0]!, after: hosts[0]!, added: [], removed: [], history })
    this.#table.add(this.#key.high, this.#key.low)
    this.#parents.push(-1)
    this.#through.push(-1)
    this.#queue.push(0, history, hosts, [])
    this.#queue.descend()
  }

  #descend(): void {
    if (!this.#queue.descend()) this.#ending = "Complete"
    else if (++this.#currentDepth === this.#depthMax) this.#ending = "DepthMax"
  }

  #expandCurrent(): void {
    const { hosts, messages } = this.#current
    this.#living = this.#livingAmong(messages, hosts)
    this.#key.begin(this.#current, this.#living)
    const known = this.#catalogues.messages.size
    if (this.#marks.length < known) this.#marks = new Uint8Array(known * 2)
    for (const message of messages) this.#marks[message] = 1
    for (const host of hosts) {
      for (const transition of this.#transitions.local(host)) this.#take(transition)
    }
    for (const message of messages) {
      const transition = this.#transitions.delivery(hosts, message)
      if (transition !== undefined) this.#take(transition)
    }
    for (const message of messages) this.#marks[message] = 0
  }

  /** Goes to a neighbour, unless it was seen before. */
  #take(transition: Transition): void {
    if (this.#ending !== undefined) return
    if (transition.broken !== undefined) return this.#report(transition.broken, transition)
    const { hosts } = this.#current
    const { after, position } = transition
    const before = hosts[position]!
    const sent = this.#newAmong(transition.sent)
    const history = transition.leads ? this.#historyAfter(after) : this.#current.history
    if (after === before && sent.length === 0 && history === this.#current.history) return
    hosts[position] = after
    const added = this.#livingAmong(sent, hosts)
    this.#key.of({ before, after, added, removed: this.#outlived(before, after, position), history })
    if (this.#table.add(this.#key.high, this.#key.low)) this.#found(transition, history, sent)
    hosts[position] = before
  }

  #found(transition: Transition, history: number, sent: ReadonlyArray<number>): void {
    const { hosts, messages, state } = this.#current
    this.#queue.push(
      this.#parents.size,
      history,
      hosts,
      sent.length === 0 ? messages : [...messages, ...sent]
    )
    this.#parents.push(state)
    this.#through.push(transition.number)
    this.#depth = this.#currentDepth + 1
    const found = this.#stateOf(hosts, history)
    this.#count(found)
    const broken = invariants.find(({ holdsIn }) => holdsIn?.(found) === false)
    if (broken !== undefined) this.#report(broken.name, transition)
    if (this.#table.size >= this.#statesMax) this.#ending ??= "StatesMax"
  }

  /** The messages that can still come to something. */
  #livingAmong(messages: ReadonlyArray<number>, hosts: ReadonlyArray<number>): ReadonlyArray<number> {
    if (messages.length === 0) return messages
    return messages.filter((message) => {
      const receiver = hosts[this.#transitions.receiverOf(message)]!
      return !this.#transitions.isNothing(message, this.#transitions.storedTerm(receiver))
    })
  }

  /** The messages that a newer term on the host's disk makes nothing of. */
  #outlived(before: number, after: number, position: number): ReadonlyArray<number> {
    const storedTerm = this.#transitions.storedTerm(after)
    if (storedTerm === this.#transitions.storedTerm(before)) return none
    return this.#living.filter(
      (message) =>
        this.#transitions.receiverOf(message) === position && this.#transitions.isNothing(message, storedTerm)
    )
  }

  #newAmong(sent: ReadonlyArray<number>): ReadonlyArray<number> {
    let isNew = sent.length > 0
    for (let position = 0; position < sent.length; position++) {
      if (this.#marks[sent[position]!] === 1) isNew = false
    }
    return isNew || sent.length === 0 ? sent : sent.filter((message) => this.#marks[message] !== 1)
  }

  #historyAfter(host: number): number {
    const { histories, hosts } = this.#catalogues
    const history = histories.valueOf(this.#current.history)
    const next = extended(history, hosts.valueOf(host))
    return next === history ? this.#current.history : histories.numberOf(next)
  }

  #stateOf(hosts: ReadonlyArray<number>, history: number): State {
    return {
      hosts: hosts.map((host) => this.#catalogues.hosts.valueOf(host)),
      history: this.#catalogues.histories.valueOf(history)
    }
  }

  #count({ history, hosts }: State): void {
    let leaders = 0
    for (const { server } of hosts) if (server.role._tag === "Leader") leaders++
    if (leaders > 0) this.#occurrences.leader++
    if (leaders > 1) this.#occurrences.twoLeaders++
    if (history.elected.length > 1) this.#occurrences.secondElection++
    if (history.committed.length > 0) this.#occurrences.committed++
  }

  #report(property: string, last: Transition): void {
    const path: Array<PathStep> = [last]
    for (let state = this.#current.state; state > 0; state = this.#parents.at(state)) {
      path.unshift(this.#transitions.at(this.#through.at(state)))
    }
    const { broken, steps } = replay(this.#setting, path)
    this.#counterexample = { property, steps, isConfirmed: broken === property }
    this.#ending = "Violation"
  }
}

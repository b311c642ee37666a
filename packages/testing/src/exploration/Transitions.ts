/**
 * What every action makes of every host, computed by the reducer once for each different pair, however
 * many states share it.
 */
import type { Message, ServerId } from "@effect-raft/core"
import type { Action } from "./action.ts"
import type { Bounds } from "./bounds.ts"
import type { Catalogue } from "./Catalogue.ts"
import type { Host, Setting } from "./host.ts"
import { localActions } from "./localActions.ts"
import { outcomeOf } from "./model.ts"
import { nothingFrom } from "./oldAnswer.ts"

/** One action of one host, in numbers from the catalogues. */
export interface Transition {
  readonly number: number
  /** Position of the host in the cluster. */
  readonly position: number
  readonly action: Action
  readonly after: number
  readonly sent: ReadonlyArray<number>
  /** The host leads afterwards, so there may be something to remember. */
  readonly leads: boolean
  /** The property that it breaks, whatever the other hosts are. */
  readonly broken: string | undefined
}

/** Room for this many messages in the numbers that stand for pairs of host and message. */
const messagesMax = 2 ** 24

export class Transitions {
  readonly #setting: Setting
  readonly #bounds: Bounds
  readonly #hosts: Catalogue<Host>
  readonly #messages: Catalogue<Message>
  readonly #all: Array<Transition> = []
  readonly #local: Array<ReadonlyArray<Transition> | undefined> = []
  /** By message: the position of the host that it is for, and from which term on its disk it is nothing. */
  readonly #receivers: Array<number | undefined> = []
  readonly #nothingFrom: Array<number | undefined> = []
  readonly #deliveries = new Map<number, Transition | undefined>()

  constructor(setting: Setting, bounds: Bounds, hosts: Catalogue<Host>, messages: Catalogue<Message>) {
    this.#setting = setting
    this.#bounds = bounds
    this.#hosts = hosts
    this.#messages = messages
  }

  get size(): number {
    return this.#all.length
  }

  at(number: number): Transition {
    return this.#all[number]!
  }

  /** What can happen at this host without a message. */
  local(host: number): ReadonlyArray<Transition> {
    return (this.#local[host] ??= localActions(this.#setting, this.#hosts.valueOf(host)).flatMap(
      (action) => this.#made(host, action) ?? []
    ))
  }

  /** What the message makes of the host that it is for; undefined if nothing at all. */
  delivery(hosts: ReadonlyArray<number>, message: number): Transition | undefined {
    const host = hosts[this.receiverOf(message)]!
    const pair = host * messagesMax + message
    const known = this.#deliveries.get(pair)
    if (known !== undefined || this.#deliveries.has(pair)) return known
    const made = this.#made(host, { _tag: "Deliver", message: this.#messages.valueOf(message) })
    this.#deliveries.set(pair, made)
    return made
  }

  receiverOf(message: number): number {
    return (this.#receivers[message] ??= this.#positionOf(this.#messages.valueOf(message).to))
  }

  /** The term on the disk of a host. */
  storedTerm(host: number): number {
    return this.#hosts.valueOf(host).disk.hardState.currentTerm
  }

  /** Whether the message is nothing to a host with this term on its disk, now and for ever. */
  isNothing(message: number, storedTerm: number): boolean {
    return storedTerm >= (this.#nothingFrom[message] ??= nothingFrom(this.#messages.valueOf(message)))
  }

  #made(before: number, action: Action): Transition | undefined {
    const host = this.#hosts.valueOf(before)
    const outcome = outcomeOf(this.#setting, this.#bounds, host, action)
    if (outcome._tag === "OutOfBounds") return undefined
    const number = this.#all.length
    const position = this.#positionOf(host.server.self.id)
    const transition: Transition =
      outcome._tag === "Broke"
        ? { number, position, action, after: before, sent: [], leads: false, broken: outcome.property }
        : {
            number,
            position,
            action,
            after: this.#hosts.numberOf(outcome.host),
            sent: [...new Set(outcome.sent.map((message) => this.#messages.numberOf(message)))],
            leads: outcome.host.server.role._tag === "Leader",
            broken: undefined
          }
    const isNothing =
      transition.after === before && transition.sent.length === 0 && transition.broken === undefined
    if (isNothing) return undefined
    this.#all.push(transition)
    return transition
  }

  #positionOf(server: ServerId): number {
    return this.#setting.configuration.members.findIndex(({ id }) => id === server)
  }
}

/**
 * The states of one depth that wait for their turn, and those of the next that are being found: numbers in
 * two flat lists.
 */
import { Words } from "./Words.ts"

/** A state as numbers from the catalogues. Reused from one state to the next by who reads the queue. */
export interface Packed {
  /** Its place in the order of discovery. */
  state: number
  history: number
  readonly hosts: Array<number>
  readonly messages: Array<number>
}

export class StateQueue {
  #reading = new Words()
  #writing = new Words()
  #position = 0

  push(state: number, history: number, hosts: ReadonlyArray<number>, messages: ReadonlyArray<number>): void {
    const words = this.#writing
    words.push(state)
    words.push(history)
    for (let position = 0; position < hosts.length; position++) words.push(hosts[position]!)
    words.push(messages.length)
    for (let position = 0; position < messages.length; position++) words.push(messages[position]!)
  }

  /** Reads the next state of this depth into `into`, whose `hosts` has its full length; false when there is none. */
  shift(into: Packed): boolean {
    const words = this.#reading
    if (this.#position === words.size) return false
    let position = this.#position
    into.state = words.at(position++)
    into.history = words.at(position++)
    for (let host = 0; host < into.hosts.length; host++) into.hosts[host] = words.at(position++)
    const count = words.at(position++)
    into.messages.length = count
    for (let message = 0; message < count; message++) into.messages[message] = words.at(position++)
    this.#position = position
    return true
  }

  /** Goes on to the next depth; false when nothing was found there. */
  descend(): boolean {
    const read = this.#reading
    this.#reading = this.#writing
    this.#writing = read
    this.#position = 0
    read.clear()
    return this.#reading.size > 0
  }
}

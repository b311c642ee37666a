/**
 * The messages of the specification: a bag that messages are sent into and
 * taken out of, as often as they were sent or duplicated.
 */
import { demand } from "./rejection.ts"
import type { TracedMessage } from "./traceLine.ts"

export class Network {
  /** On their way, by their text; those with none left were there once. */
  private readonly messages = new Map<string, number>()

  send(message: TracedMessage): void {
    const text = textOf(message)
    this.messages.set(text, (this.messages.get(text) ?? 0) + 1)
  }

  /** DuplicateMessage(m): another copy of what was sent once. */
  duplicate(message: TracedMessage): void {
    const text = textOf(message)
    const count = this.messages.get(text)
    demand(count !== undefined, "DuplicateMessage", `nobody sent ${text}`)
    this.messages.set(text, count + 1)
  }

  /** Receive(m) or DropMessage(m). */
  take(message: TracedMessage, rule: string): void {
    const text = textOf(message)
    const count = this.messages.get(text) ?? 0
    demand(count > 0, rule, `no such message is on its way: ${text}`)
    this.messages.set(text, count - 1)
  }
}

/** What makes two messages one: all fields, in the order of the trace. Of a part of a snapshot it is who asked whom, when: its bytes come later. */
export const textOf = (message: TracedMessage): string => {
  if (message._tag !== "InstallSnapshotRequest") return JSON.stringify(message)
  const { _tag, from, incarnation, sequence, to } = message
  return JSON.stringify({ _tag, from, incarnation, sequence, to })
}

/**
 * One transition under examination: what the actions of one line may use up.
 *
 * Every entry that a leader appends and every message that is ordered belongs to
 * exactly one action.
 */
import type { Cluster } from "./Cluster.ts"
import { textOf } from "./Network.ts"
import { demand } from "./rejection.ts"
import type { ServerModel } from "./ServerModel.ts"
import type { OrderedMessage, StepLine, TracedEntry, TracedMessage } from "./traceLine.ts"

/** Which message, of those that a step orders. */
interface Wanted {
  readonly tags: ReadonlyArray<string>
  readonly to: string
  /** Of the request that it answers. */
  readonly sequence?: number
}

export class Step {
  readonly cluster: Cluster
  readonly server: ServerModel
  readonly line: StepLine
  /** Its leader told it to campaign at once, in this very step. */
  isToldToCampaign = false
  private readonly unsent: Array<OrderedMessage>
  private readonly fresh: Array<TracedEntry>
  private isHandled = false

  constructor(cluster: Cluster, server: ServerModel, line: StepLine) {
    this.cluster = cluster
    this.server = server
    this.line = line
    this.unsent = [...line.messages]
    this.fresh = [...(line.log?.entries ?? [])]
  }

  /** The message that this step received. */
  received(rule: string, tags: ReadonlyArray<string>): TracedMessage {
    const { message } = this.line.event
    demand(message !== undefined && tags.includes(message._tag), rule, "no such message was received")
    return message
  }

  /** The message that this step received, and that no other action has handled. */
  handle(rule: string, tags: ReadonlyArray<string>): TracedMessage {
    const message = this.received(rule, tags)
    demand(!this.isHandled, rule, "the message was handled before")
    this.isHandled = true
    return message
  }

  /** The next message of this kind that the step orders. It says who it is from. */
  send(rule: string, { sequence, tags, to }: Wanted): OrderedMessage {
    const position = this.unsent.findIndex(
      (message) =>
        tags.includes(message._tag) &&
        message.to === to &&
        (sequence === undefined || message.sequence === sequence)
    )
    demand(position !== -1, rule, `no ${tags.join(" or ")} to ${to} is ordered`)
    const [message] = this.unsent.splice(position, 1)
    const { id, incarnation } = this.server
    demand(
      message!.from === id && message!.incarnation === incarnation,
      rule,
      "it names another sender, or another life"
    )
    return message!
  }

  /** The next entry that a leader appends, which goes to the end of its log. */
  append(rule: string, kinds: (kind: string) => boolean): TracedEntry {
    const { server } = this
    const entry = this.fresh.shift()
    demand(entry !== undefined, rule, "the log does not grow")
    demand(server.role === "Leader", rule, "only leaders append")
    demand(kinds(entry.kind), rule, `this is no entry of kind ${entry.kind}`)
    demand(entry.term === server.currentTerm, rule, "the entry is of another term")
    demand(entry.index === server.lastIndex + 1, rule, "the entry is not at the end of the log")
    server.append(entry)
    return entry
  }

  /** Nothing is left that no action accounts for. */
  finish(): void {
    const { event, log } = this.line
    const { server } = this
    demand(
      this.isHandled || event._tag !== "MessageReceived" || server.hasFailed,
      "Receive",
      "no action handles the message"
    )
    demand(this.unsent.length === 0, "Send", `no action sends ${this.unsent.map(textOf).join(", ")}`)
    if (log === null) return
    const { entries, from } = log
    const agrees =
      server.lastIndex === from - 1 + entries.length &&
      entries.every(({ hash, term }, position) => {
        const own = server.log[from - 1 + position]
        return own?.term === term && own.hash === hash
      })
    demand(agrees, "log", "the log is not what the actions made of it")
  }
}

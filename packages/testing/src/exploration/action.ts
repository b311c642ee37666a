/**
 * What can happen next at one server: the model's whole vocabulary.
 *
 * Loss has no action, because a message that is never delivered is lost. Repetition has none either,
 * because delivery leaves the message where it was.
 */
import type { Message, ServerId } from "@effect-raft/core"

/** How far a clock moves on: nowhere (the turn ends), or until what is called so is due. */
export type Wait = "Turn" | "Heartbeat" | "Silence" | "Election" | "Stall"

export type Action =
  | { readonly _tag: "Deliver"; readonly message: Message }
  | { readonly _tag: "Wait"; readonly until: Wait }
  /** A client proposes a command. */
  | { readonly _tag: "Propose" }
  /** Somebody wants another server to lead. */
  | { readonly _tag: "Transfer"; readonly target: ServerId }
  /** The oldest `count` writes are durable at once, and storage says so. */
  | { readonly _tag: "Persist"; readonly count: number }
  /** The server dies with what is not durable, and comes back. */
  | { readonly _tag: "Crash" }

/** Most actions belong to one server alone; a delivery needs a message besides. */
export type LocalAction = Exclude<Action, { readonly _tag: "Deliver" }>

/** An action in a few words, for people. */
export const actionText = (action: Action): string => {
  switch (action._tag) {
    case "Deliver":
      return `receives ${action.message._tag} from ${action.message.from}`
    case "Wait":
      return waitText[action.until]
    case "Propose":
      return "is given a command"
    case "Transfer":
      return `is asked to let ${action.target} lead`
    case "Persist":
      return action.count === 1 ? "has a write on disk" : `has ${action.count} writes on disk`
    case "Crash":
      return "crashes and comes back"
  }
}

const waitText: Readonly<Record<Wait, string>> = {
  Turn: "ends its turn",
  Heartbeat: "waits until a heartbeat or retry is due",
  Silence: "hears from no leader for a shortest election timeout",
  Election: "waits until its election timeout",
  Stall: "waits until its storage counts as stuck"
}

/**
 * What can happen next at one server without a message.
 */
import type { LocalAction } from "./action.ts"
import type { Host, Setting } from "./host.ts"

const always: ReadonlyArray<LocalAction> = [
  { _tag: "Wait", until: "Turn" },
  { _tag: "Wait", until: "Heartbeat" },
  { _tag: "Wait", until: "Silence" },
  { _tag: "Wait", until: "Election" },
  { _tag: "Wait", until: "Stall" },
  { _tag: "Propose" },
  { _tag: "Crash" }
]

/** Everything that can happen at this server without a message. */
export const localActions = ({ hasTransfers }: Setting, host: Host): ReadonlyArray<LocalAction> => [
  ...always,
  ...(hasTransfers ? transfersOf(host) : []),
  ...host.writes.map((_, position): LocalAction => ({ _tag: "Persist", count: position + 1 }))
]

const transfersOf = ({ server }: Host): ReadonlyArray<LocalAction> =>
  server.role._tag === "Leader"
    ? server.role.progress.map(({ id }): LocalAction => ({ _tag: "Transfer", target: id }))
    : []

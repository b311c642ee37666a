/**
 * The same model searched in the plainest way: states as texts, no catalogues, no sums, no symmetry, and
 * nothing left out. What the explorer counts is held against this.
 */
import type { Message } from "@effect-raft/core"
import { type Bounds, serversMax } from "../../src/exploration/bounds.ts"
import { hostText, messageText, type Renaming } from "../../src/exploration/canonicalText.ts"
import { extended, type History, historyText, noHistory } from "../../src/exploration/history.ts"
import type { DiskPace, Host, Setting } from "../../src/exploration/host.ts"
import { localActions } from "../../src/exploration/localActions.ts"
import { firstHosts, outcomeOf, settingOf } from "../../src/exploration/model.ts"
import { libraryReducer } from "../../src/exploration/reducer.ts"
import { renamingsOf, serverNames } from "../../src/exploration/renamings.ts"

export interface PlainState {
  readonly hosts: ReadonlyArray<Host>
  readonly history: History
  /** By their texts. */
  readonly messages: ReadonlyMap<string, Message>
}

/**
 * `Kept`: messages stay for ever, and one that is lost is never delivered. `Removed`: a delivery may take the
 * message away or leave it for another, and it may vanish at any time.
 */
export type PlainNetwork = "Kept" | "Removed"

export interface PlainOptions {
  readonly bounds: Bounds
  readonly disk: DiskPace
  readonly network: PlainNetwork
}

const unchanged: Renaming = renamingsOf(serverNames(serversMax))[0]!

export const hostsText = ({ history, hosts }: PlainState, renaming: Renaming = unchanged): string =>
  [...hosts.map((host) => hostText(host, renaming)).toSorted(), historyText(history, renaming)].join("\n\n")

export const stateText = (
  state: PlainState,
  renaming: Renaming = unchanged,
  counts: (message: Message, state: PlainState) => boolean = () => true
): string => {
  const messages = [...state.messages.values()].filter((message) => counts(message, state))
  const texts = messages.map((message) => messageText(message, renaming)).toSorted()
  return [hostsText(state, renaming), ...texts].join("\n\n")
}

/** Every state within the bounds. */
export const plainSearch = (options: PlainOptions): ReadonlyArray<PlainState> => {
  const { bounds, disk } = options
  const setting = settingOf(bounds, { reducer: libraryReducer, disk, hasTransfers: false, serverOptions: {} })
  const first: PlainState = { hosts: firstHosts(setting), history: noHistory, messages: new Map() }
  const seen = new Set([stateText(first)])
  const states = [first]
  for (let position = 0; position < states.length; position++) {
    for (const next of neighbours(setting, options, states[position]!)) {
      const text = stateText(next)
      if (!seen.has(text)) states.push(next)
      seen.add(text)
    }
  }
  return states
}

const neighbours = (
  setting: Setting,
  { bounds, network }: PlainOptions,
  state: PlainState
): ReadonlyArray<PlainState> => {
  const actions = state.hosts.flatMap((host, position) =>
    localActions(setting, host).map((action) => ({ position, action }))
  )
  const deliveries = [...state.messages.values()].map((message) => ({
    position: state.hosts.findIndex(({ server }) => server.self.id === message.to),
    action: { _tag: "Deliver" as const, message }
  }))
  return [...actions, ...deliveries].flatMap(({ action, position }): ReadonlyArray<PlainState> => {
    const outcome = outcomeOf(setting, bounds, state.hosts[position]!, action)
    if (outcome._tag === "Broke") throw new Error(outcome.property)
    const left = without(state, action._tag === "Deliver" ? action.message : undefined)
    const lost = network === "Removed" && action._tag === "Deliver" ? [left] : []
    if (outcome._tag === "OutOfBounds") return lost
    const after = (from: PlainState): PlainState => ({
      hosts: from.hosts.with(position, outcome.host),
      history: extended(from.history, outcome.host),
      messages: new Map([
        ...from.messages,
        ...outcome.sent.map((message) => [messageText(message, unchanged), message] as const)
      ])
    })
    return network === "Removed" ? [after(state), after(left), ...lost] : [after(state)]
  })
}

const without = (state: PlainState, message: Message | undefined): PlainState => {
  if (message === undefined) return state
  const messages = new Map(state.messages)
  messages.delete(messageText(message, unchanged))
  return { ...state, messages }
}

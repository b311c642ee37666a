/**
 * The bounded model: where it starts, and what each action makes of a host, in normal form and checked.
 */
import {
  Configuration,
  defaultServerOptions,
  InvariantViolation,
  type Message,
  type ServerOptions
} from "@effect-raft/core"
import type { Action } from "./action.ts"
import type { Bounds } from "./bounds.ts"
import { firstHost, type Host, perform, type Setting } from "./host.ts"
import { invariants } from "./invariants/invariants.ts"
import { normalHost, normalMessage } from "./normalForm.ts"
import { serverNames } from "./renamings.ts"

/** What an action came to: another host, or a property broken by it. */
export type Outcome =
  | { readonly _tag: "Went"; readonly host: Host; readonly sent: ReadonlyArray<Message> }
  | { readonly _tag: "Broke"; readonly property: string }
  /** The bounds do not let it happen. */
  | { readonly _tag: "OutOfBounds" }

/** The protocol of §5 and nothing more: what is added to it is switched on by who wants it explored. */
const plain: Partial<ServerOptions> = { preVote: false, checkQuorum: false, noOp: false }

/** Timers so far apart that no path adds shorter waits up to a longer one. */
const apart: Partial<ServerOptions> = {
  heartbeatInterval: 1,
  electionTimeoutMin: 100,
  electionTimeoutMax: 1e9,
  storageStallTimeout: 1e12
}

export const settingOf = (
  bounds: Bounds,
  {
    serverOptions,
    ...rest
  }: Omit<Setting, "options" | "configuration" | "incarnation"> & {
    readonly serverOptions: Partial<ServerOptions>
  }
): Setting => ({
  ...rest,
  options: { ...defaultServerOptions, ...plain, ...serverOptions, ...apart },
  configuration: Configuration.ofVoters(serverNames(bounds.servers)),
  incarnation: 0
})

/** Every server of the configuration as it starts on bootstrapped storage. */
export const firstHosts = (setting: Setting): ReadonlyArray<Host> =>
  setting.configuration.members.map(({ id }) => normalHost(firstHost(setting, id)))

/** What the action makes of the host, by the reducer itself. */
export const outcomeOf = (setting: Setting, bounds: Bounds, before: Host, action: Action): Outcome => {
  if (action._tag === "Propose" && commandsIn(before) >= bounds.entriesMax) return outOfBounds
  try {
    const { host: after, sent } = perform(setting, before, action)
    const broken = invariants.find(
      ({ holdsAcross }) => holdsAcross?.({ before, action, after, sent }) === false
    )
    if (broken !== undefined) return { _tag: "Broke", property: broken.name }
    if (campaignTerm(after) > bounds.termsMax) return outOfBounds
    return { _tag: "Went", host: normalHost(after), sent: sent.map(({ message }) => normalMessage(message)) }
  } catch (error) {
    if (error instanceof InvariantViolation) return { _tag: "Broke", property: error.invariant }
    return { _tag: "Broke", property: `the reducer is total: ${String(error)}` }
  }
}

/** The term it is in, or asks for. */
const campaignTerm = ({ server }: Host): number =>
  server.role._tag === "PreCandidate" ? server.currentTerm + 1 : server.currentTerm

const commandsIn = ({ server: { log } }: Host): number =>
  log.memory.backing.slice(log.memory.start, log.memory.end).filter(({ kind }) => kind === "Command").length

const outOfBounds: Outcome = { _tag: "OutOfBounds" }

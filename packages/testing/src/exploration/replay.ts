/**
 * A path of the search, walked again without normal forms: real clocks, real numbers, every life with an
 * incarnation of its own. What breaks there breaks in the reducer, whatever the model left out.
 */
import { InvariantViolation, type Message, type Server } from "@effect-raft/core"
import type { Action } from "./action.ts"
import { type Renaming, text } from "./canonicalText.ts"
import { extended, type History, noHistory } from "./history.ts"
import { type Disk, firstHost, type Host, perform, type Performed, type Setting } from "./host.ts"
import { invariants } from "./invariants/invariants.ts"
import { normalMessage } from "./normalForm.ts"

/** One step of a path: at which position of the cluster, and what happens there. */
export interface PathStep {
  readonly position: number
  readonly action: Action
}

/** One step as it really went. */
export interface ReplayedStep {
  readonly action: Action
  readonly server: Server
  readonly disk: Disk
  readonly sent: ReadonlyArray<Message>
}

export interface Replayed {
  /** Through the step that broke a property. */
  readonly steps: ReadonlyArray<ReplayedStep>
  /** What broke; undefined if nothing did. */
  readonly broken: string | undefined
}

interface Walk {
  readonly hosts: ReadonlyArray<Host>
  readonly history: History
  readonly network: ReadonlyArray<Message>
}

export const replay = (setting: Setting, path: ReadonlyArray<PathStep>): Replayed => {
  const lives = (incarnation: number): Setting => ({ ...setting, incarnation })
  let walk: Walk = {
    hosts: setting.configuration.members.map(({ id }, position) => firstHost(lives(position + 1), id)),
    history: noHistory,
    network: []
  }
  const steps: Array<ReplayedStep> = []
  for (const { action, position } of path) {
    const before = walk.hosts[position]!
    const life = lives(setting.configuration.members.length + steps.length + 1)
    const real = realAction(action, walk.network)
    const performed = attempt(life, before, real)
    if (typeof performed === "string") {
      steps.push({ action: real, server: before.server, disk: before.disk, sent: [] })
      return { steps, broken: performed }
    }
    const { host: after, sent } = performed
    const messages = sent.map(({ message }) => message)
    steps.push({ action: real, server: after.server, disk: after.disk, sent: messages })
    walk = {
      hosts: walk.hosts.with(position, after),
      history: extended(walk.history, after),
      network: [...walk.network, ...messages]
    }
    // In the order of the search: first what this host broke alone.
    const broken =
      invariants.find(({ holdsAcross }) => holdsAcross?.({ before, action: real, after, sent }) === false) ??
      invariants.find(({ holdsIn }) => holdsIn?.(walk) === false)
    if (broken !== undefined) return { steps, broken: broken.name }
  }
  return { steps, broken: undefined }
}

/** What came of the action, or the name of the rule that the reducer itself found broken. */
const attempt = (setting: Setting, host: Host, action: Action): Performed | string => {
  try {
    return perform(setting, host, action)
  } catch (error) {
    return error instanceof InvariantViolation ? error.invariant : `the reducer is total: ${String(error)}`
  }
}

/** The newest message that was really sent and has the normal form that the path delivers. */
const realAction = (action: Action, network: ReadonlyArray<Message>): Action => {
  if (action._tag !== "Deliver") return action
  const wanted = text(undated(action.message), noRenaming)
  const message = network.findLast((sent) => text(undated(sent), noRenaming) === wanted)
  if (message === undefined) throw new Error("the path delivers what was never sent")
  return { _tag: "Deliver", message }
}

/** Without what differs from run to run and decides nothing: life, number and log time. */
const undated = (message: Message): unknown => {
  const normal = { ...normalMessage(message), incarnation: 0, sequence: 0 }
  return normal._tag === "AppendEntriesRequest"
    ? { ...normal, entries: normal.entries.map((entry) => ({ ...entry, time: 0 })) }
    : normal
}

const noRenaming: Renaming = new Map()

/**
 * The suite's questions to a cluster: who leads, what is committed, and
 * whether it agrees on a command in time.
 *
 * `E` of the suite, a unit for its waits, is one second.
 */
import { Effect } from "effect"
import { describeSlot, type Committed, type Slot } from "./ApplyHistory.ts"
import type { LabCluster } from "./LabCluster.ts"
import type { LabCommand } from "./labCommand.ts"
import { labFailure, type LabFailure } from "./LabFailure.ts"

/** One second: the suite's unit. */
export const E = 1000

const leaderRounds = 10
const waitPolls = 30
const agreementLimit = 10_000
const commitWindow = 2_000
const commitPoll = 20
const noLeaderPause = 50

/** The one leader among the connected servers, once there is one. */
export const checkOneLeader = Effect.fnUntraced(function* (lab: LabCluster) {
  for (let round = 0; round < leaderRounds; round++) {
    yield* Effect.sleep(450 + lab.random.below(100))
    const leaders = yield* leadersByTerm(lab)
    for (const [term, servers] of leaders) {
      if (servers.length > 1) {
        return yield* labFailure(`term ${term} has ${servers.length} leaders: ${servers.join(", ")}`)
      }
    }
    const newest = Math.max(...leaders.keys())
    const leader = leaders.get(newest)?.[0]
    if (leader !== undefined) return leader
  }
  return yield* labFailure("expected one leader, got none")
})

/** The term that all connected servers are in. */
export const checkTerms = Effect.fnUntraced(function* (lab: LabCluster) {
  let agreed: number | undefined
  for (const server of lab.servers) {
    if (!lab.isConnected(server)) continue
    const state = yield* lab.state(server)
    if (state === undefined) continue
    agreed ??= state.term
    if (state.term !== agreed)
      return yield* labFailure(`servers disagree on the term: ${agreed} and ${state.term}`)
  }
  return agreed ?? 0
})

/** No connected server believes to lead. */
export const checkNoLeader = Effect.fnUntraced(function* (lab: LabCluster) {
  for (const server of lab.servers) {
    if (!lab.isConnected(server)) continue
    const state = yield* lab.state(server)
    if (state?.isLeader === true) {
      return yield* labFailure(
        `expected no leader among connected servers, but ${server} claims to be leader`
      )
    }
  }
})

/** How many servers have committed an index; agreement between them was checked when they applied it. */
export const committedAt = (lab: LabCluster, index: number): Committed => lab.history.committed(index)

/** What `wait` found: the committed slot, or that the cluster went on to another term. */
export type Waited = { readonly _tag: "Committed"; readonly slot: Slot } | { readonly _tag: "MovedOn" }

/** Waits until `servers` of them have this index, unless some server passes `startTerm` meanwhile. */
export const wait = Effect.fnUntraced(function* (
  lab: LabCluster,
  index: number,
  options: { readonly servers: number; readonly startTerm: number | undefined }
): Effect.fn.Return<Waited, LabFailure> {
  let pause = 10
  for (let poll = 0; poll < waitPolls; poll++) {
    if (committedAt(lab, index).count >= options.servers) break
    yield* Effect.sleep(pause)
    if (pause < E) pause *= 2
    if (options.startTerm !== undefined && (yield* hasMovedPast(lab, options.startTerm))) {
      return { _tag: "MovedOn" }
    }
  }
  const { count, slot } = committedAt(lab, index)
  if (count < options.servers || slot === undefined) {
    return yield* labFailure(`only ${count} decided for index ${index}; wanted ${options.servers}`)
  }
  return { _tag: "Committed", slot }
})

export interface OneOptions {
  /** How many servers must have committed the command. */
  readonly servers: number
  /** Whether the command may be submitted again when it is not committed within 2 s. */
  readonly retry: boolean
}

/** Gets one command committed within 10 s, and gives its index. */
export const one = Effect.fnUntraced(function* (
  lab: LabCluster,
  command: LabCommand,
  options: OneOptions
): Effect.fn.Return<number, LabFailure> {
  const startedAt = lab.network.now()
  let next = 0
  while (lab.network.now() - startedAt < agreementLimit) {
    let index: number | undefined
    for (let tried = 0; tried < lab.size && index === undefined; tried++) {
      next = lab.neighbour(next, 1)
      if (!lab.isConnected(next)) continue
      const started = yield* lab.submit(next, command)
      if (started.isLeader) index = started.index
    }
    if (index === undefined) {
      yield* Effect.sleep(noLeaderPause)
      continue
    }
    if (yield* isCommittedInTime(lab, index, { command, servers: options.servers })) return index
    if (!options.retry) break
  }
  return yield* labFailure(
    `one(${describeSlot(command)}) failed to reach agreement on ${options.servers} servers${options.retry ? " within 10 s" : ""}`
  )
})

const isCommittedInTime = Effect.fnUntraced(function* (
  lab: LabCluster,
  index: number,
  wanted: { readonly command: LabCommand; readonly servers: number }
) {
  const submittedAt = lab.network.now()
  while (lab.network.now() - submittedAt < commitWindow) {
    const { count, slot } = committedAt(lab, index)
    if (count > 0 && count >= wanted.servers && slot === wanted.command) return true
    yield* Effect.sleep(commitPoll)
  }
  return false
})

const leadersByTerm = Effect.fnUntraced(function* (lab: LabCluster) {
  const leaders = new Map<number, Array<number>>()
  for (const server of lab.servers) {
    if (!lab.isConnected(server)) continue
    const state = yield* lab.state(server)
    if (state?.isLeader !== true) continue
    leaders.set(state.term, [...(leaders.get(state.term) ?? []), server])
  }
  return leaders
})

const hasMovedPast = Effect.fnUntraced(function* (lab: LabCluster, term: number) {
  for (const server of lab.servers) {
    const state = yield* lab.state(server)
    if (state !== undefined && state.term > term) return true
  }
  return false
})

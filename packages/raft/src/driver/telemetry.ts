/**
 * What a server tells its operators: metrics, labelled with the server's id.
 */
import type { Server } from "@effect-raft/core"
import { type Context, Metric } from "effect"

const roles = { Follower: 0, PreCandidate: 1, Candidate: 2, Leader: 3 } as const

const milliseconds = Metric.exponentialBoundaries({ start: 0.125, factor: 2, count: 16 })

export interface Telemetry {
  /** Brings the gauges up to date. */
  readonly observe: (server: Server) => void
  readonly elections: (count: number) => void
  readonly messages: (count: number) => void
  /** How long one call of `submit` took, and how many writes it made durable. */
  readonly persisted: (millis: number, writes: number) => void
  /** From the turn that took a proposal to its result. */
  readonly proposed: (millis: number) => void
  /** The server leads nothing any more. */
  readonly stopped: () => void
}

export const make = (server: string, context: Context.Context<never>): Telemetry => {
  const attributes = { server }
  const gauge = (name: string, description: string) => Metric.gauge(name, { description, attributes })
  const counter = (name: string, description: string) =>
    Metric.counter(name, { description, attributes, incremental: true })
  const histogram = (name: string, description: string) =>
    Metric.histogram(name, { description, attributes, boundaries: milliseconds })

  const currentTerm = gauge("raft_term", "current term")
  const role = gauge("raft_role", "0 follower, 1 pre-candidate, 2 candidate, 3 leader")
  const commitIndex = gauge("raft_commit_index", "highest index known committed")
  const applyLag = gauge("raft_apply_lag", "committed entries the state machine has not applied")
  const elections = counter("raft_elections_total", "elections this server has started")
  const messages = counter("raft_messages_sent_total", "messages handed to the transport")
  const writes = counter("raft_writes_total", "writes made durable")
  const syncTime = histogram("raft_storage_sync_ms", "time to make one batch of writes durable")
  const proposeTime = histogram("raft_propose_ms", "time from the turn that took a proposal to its result")

  return {
    observe: (server) => {
      currentTerm.updateUnsafe(server.currentTerm, context)
      role.updateUnsafe(roles[server.role._tag], context)
      commitIndex.updateUnsafe(server.commitIndex, context)
      applyLag.updateUnsafe(server.commitIndex - server.apply.lastApplied, context)
    },
    elections: (count) => elections.updateUnsafe(count, context),
    messages: (count) => messages.updateUnsafe(count, context),
    persisted: (millis, count) => {
      syncTime.updateUnsafe(millis, context)
      writes.updateUnsafe(count, context)
    },
    proposed: (millis) => proposeTime.updateUnsafe(millis, context),
    stopped: () => role.updateUnsafe(roles.Follower, context)
  }
}

import type { ServerId } from "../../src/ids.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * Who heard from a leader votes for nobody for the shortest election timeout on its own clock (thesis §4.2.3,
 * §6.2), restarts and newer terms included: leases count on it. Unless that leader itself wants another one
 * (§3.10), which frees whom it told and whoever is asked in its name.
 */
export const noVoteAgainstFollowedLeader = (): Observer => {
  /** When each server last heard from a leader, on its own clock. */
  const heardAt = new Map<ServerId, number>()
  /** Who campaigns in which term because its leader told it to. */
  const told = new Set<string>()
  return {
    stepped: (step) => {
      const { after, cluster, event, host } = step
      if (!cluster.options.checkQuorum) return
      // A clock that went back tells the next life nothing of the time between.
      if (event.at < step.before.now) heardAt.delete(host.id)
      const message = event._tag === "MessageReceived" ? event.message : undefined
      if (message?._tag === "TimeoutNowRequest" && message.term >= step.before.currentTerm) {
        heardAt.delete(host.id)
        told.add(`${host.id} in term ${after.currentTerm}`)
      }
      // That the request says so is not enough: its sender must have been told.
      const isFree =
        message?._tag === "RequestVoteRequest" && told.has(`${message.from} in term ${message.term}`)
      const heard = heardAt.get(host.id)
      if (!isFree && heard !== undefined && votes(step)) {
        const silence = after.now - heard
        const isOver = silence >= cluster.options.electionTimeoutMin
        check(isOver, property, () => `${host.id} votes ${silence} ms after it heard from a leader`)
      }
      const isFromLeader = message?._tag === "HeartbeatRequest" || message?._tag === "AppendEntriesRequest"
      if (isFromLeader && message.term === after.currentTerm) heardAt.set(host.id, after.now)
    }
  }
}

const property = "NoVoteAgainstFollowedLeader"

/** For itself, or for another, be it once more. */
const votes = ({ after, before, host, outputs }: Stepped): boolean =>
  (after.votedFor === host.id && after.currentTerm > before.currentTerm) ||
  outputs.some(
    (output) =>
      output._tag === "SendMessage" &&
      output.message._tag === "RequestVoteResponse" &&
      output.message.voteGranted
  )

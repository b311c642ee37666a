/**
 * Short ways to the states that tests of snapshots begin with.
 */
import { type LogIndex, logIndex, sequence, term } from "../../src/ids.ts"
import * as core from "../../src/index.ts"
import type { InstallSnapshotRequest, Message } from "../../src/message.ts"
import type { ServerOptions } from "../../src/options.ts"
import { flood, settleHost } from "./actions.ts"
import type { Cluster, Host, Observer } from "./Cluster.ts"
import { machineBytes } from "./machine.ts"
import { led, proposeTo } from "./scenes.ts"

export interface Behind {
  readonly cluster: Cluster
  readonly leader: Host
  readonly other: Host
  /** It has none of the entries that the leader has forgotten. */
  readonly lagging: Host
}

/** A leader that keeps nothing its snapshot covers, and one peer that missed all of it. */
export const behind = ({
  commands = 5,
  observers = [],
  options = {}
}: {
  readonly commands?: number
  readonly observers?: ReadonlyArray<Observer>
  readonly options?: Partial<ServerOptions>
} = {}): Behind => {
  const cluster = led({ size: 3, observers, options: { trailingEntries: 0, chunkBytesMax: 4, ...options } })
  const [leader, other, lagging] = cluster.hosts as [Host, Host, Host]
  for (let count = 0; count < commands; count++) {
    proposeTo(cluster, leader)
    flood(cluster, ({ from, to }) => from !== lagging.id && to !== lagging.id)
    settleHost(cluster, leader)
  }
  flood(cluster, ({ from, to }) => from !== lagging.id && to !== lagging.id)
  cluster.bag = []
  cluster.compact(leader)
  return { cluster, leader, other, lagging }
}

/** The leader hears that nothing reaches this peer, which makes it probe from the oldest entry on. */
export const loseTouch = (cluster: Cluster, leader: Host, peer: Host): void => {
  cluster.tell(leader, { _tag: "PeerUnreachable", at: leader.clock, peer: peer.id, sequence: undefined })
  cluster.bag = []
}

export interface SentSnapshot {
  readonly of: number
  readonly sequence: number
  readonly lastIncludedIndex: number
  readonly lastIncludedTerm?: number
  /** Which of several with the same place. */
  readonly salt?: number
}

/** Chunks of four bytes of a snapshot that `s1`, who leads term `of`, sends to `s0`. */
export const chunksOf = (sent: SentSnapshot): ReadonlyArray<InstallSnapshotRequest> => {
  const { lastIncludedIndex, lastIncludedTerm = 1, of, salt = 7 } = sent
  const terms = Array.from({ length: lastIncludedIndex }, () => lastIncludedTerm)
  const bytes = Uint8Array.from(machineBytes(terms, salt))
  const snapshot = {
    lastIncludedIndex: logIndex(lastIncludedIndex),
    lastIncludedTerm: term(lastIncludedTerm),
    time: 5,
    configuration: core.Configuration.ofVoters(["s0", "s1", "s2"].map(core.serverId)),
    configurationIndex: logIndex(0),
    size: bytes.length
  }
  return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, position) =>
    core.withChunk(
      {
        _tag: "InstallSnapshotRequest",
        group: core.groupId(0),
        from: core.serverId("s1"),
        incarnation: core.incarnation(1),
        to: core.serverId("s0"),
        term: term(of),
        sequence: sequence(sent.sequence + position),
        snapshot,
        offset: 4 * position
      },
      bytes.slice(4 * position, 4 * position + 4)
    )
  )
}

export interface Answer {
  readonly lastIncludedIndex: LogIndex
  readonly nextOffset: number
  readonly installed: boolean
}

/** What has been answered to chunks and not been delivered. */
export const answersIn = (messages: ReadonlyArray<Message>): ReadonlyArray<Answer> =>
  messages.flatMap((message) =>
    message._tag === "InstallSnapshotResponse"
      ? [
          {
            lastIncludedIndex: message.lastIncludedIndex,
            nextOffset: message.nextOffset,
            installed: message.installed
          }
        ]
      : []
  )

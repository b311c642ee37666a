/**
 * Tunables of a server, as people write them: durations and bounds.
 */
import { defaultServerOptions, type ServerOptions } from "@effect-raft/core"
import { Context, Duration, Effect, Layer } from "effect"
import { InvalidOptions } from "./errors.ts"

export interface RaftOptionsShape {
  /** Time between a leader's heartbeat rounds; retries keep the same pace. Default 100 ms. */
  readonly heartbeatInterval: Duration.Duration
  /** A server campaigns after a random time without a leader between these two (§5.2). Default 300 to 600 ms. */
  readonly electionTimeoutMin: Duration.Duration
  readonly electionTimeoutMax: Duration.Duration
  /** Ask before an election whether it could be won, so that a server that comes back unseats nobody. Default true. */
  readonly preVote: boolean
  /** A leader without a quorum steps down, and followers that hear from it grant no votes. Default true. */
  readonly checkQuorum: boolean
  /**
   * A new leader appends an entry of its own at once, which commits what came
   * before it. Default true; otherwise it waits until something needs the entry,
   * and commands alone take up the log's indexes, as the university suite expects.
   */
  readonly noOp: boolean
  /** A follower asks its leader on behalf of its own readers and proposers; otherwise it answers `NotLeader`. Default true. */
  readonly forwarding: boolean
  /**
   * By how much faster the clock of any server may run than that of another: 0.01 when none counts more than
   * 101 ms while some other counts 100. With it, reads may ask for `consistency: "lease"`; without it, the
   * default, those end with `NoClockDriftBound`.
   *
   * A promise about the machines: where it does not hold, a lease read may miss what was acknowledged before. It
   * says nothing of hosts that are suspended or moved while they run, whose monotonic clock stands still or jumps.
   * Needs `checkQuorum`, on all servers. Before `electionTimeoutMin` is lowered or `checkQuorum` switched off,
   * restart every server without this option: a promise given under the old options outlives a restart.
   */
  readonly clockDriftBound: number | undefined
  /** A read ends with `ReadTimedOut` when it is not confirmed and applied within this time. Default 5 s. */
  readonly readTimeout: Duration.Duration
  /** A leader whose disk has not finished a write for so long steps down. Default 2 s. */
  readonly storageStallTimeout: Duration.Duration
  /**
   * `propose` answers `OutcomeUnknown` when a command is not committed within this
   * time, or within two `electionTimeoutMax` of its leader's fall. Default 10 s.
   */
  readonly proposalTimeout: Duration.Duration
  /** Bytes of entries in one AppendEntries. Default 1 MiB. */
  readonly appendBytesMax: number
  /** AppendEntries on the way to one peer, in messages and in bytes. Defaults 256 and 8 MiB. */
  readonly inflightMessagesMax: number
  readonly inflightBytesMax: number
  /** Bytes of entries handed to the state machine at once. Default 1 MiB. */
  readonly applyBytesMax: number
  /** Uncommitted entries, in number and bytes, before proposals are answered `Overloaded`. Defaults 65,536 and 64 MiB. */
  readonly uncommittedEntriesMax: number
  readonly uncommittedBytesMax: number
  /** A learner may begin to vote when it is at most so many entries behind its leader, and holds the configuration in force. Default 1,024. */
  readonly promotionLagEntriesMax: number
  /** Applied entries kept in memory for slow followers; older ones are read from storage. Default 65,536. */
  readonly memoryEntriesMax: number
  /**
   * A server takes a snapshot once it has applied so many entries since its last one, or its log has grown by
   * so many bytes (§7), if its state machine can. Defaults 65,536 and 64 MiB.
   */
  readonly snapshotEntriesMax: number
  readonly snapshotBytesMax: number
  /** Entries kept when a snapshot covers them, for followers that are behind by less. Default 8,192; 0 keeps none. */
  readonly trailingEntries: number
  /** Client sessions kept; beyond it the one that was silent longest ends. Default 16,384. */
  readonly sessionsMax: number
  /** Commands of one session under way at once, and answers kept for it. Default 256. */
  readonly sessionAnswersMax: number
  /** A session ends when its client was silent for longer, in log time. Whole milliseconds. Default 1 hour. */
  readonly sessionSilenceMax: Duration.Duration
  /** Bytes of a snapshot in one message, and such messages on the way to one peer. Defaults 256 KiB and 4. */
  readonly chunkBytesMax: number
  readonly inflightChunksMax: number
}

/** The defaults: fit for a LAN, at most ten heartbeat rounds a second, a new leader well within a second. */
export const defaultRaftOptions: RaftOptionsShape = {
  heartbeatInterval: Duration.millis(defaultServerOptions.heartbeatInterval),
  electionTimeoutMin: Duration.millis(defaultServerOptions.electionTimeoutMin),
  electionTimeoutMax: Duration.millis(defaultServerOptions.electionTimeoutMax),
  preVote: defaultServerOptions.preVote,
  checkQuorum: defaultServerOptions.checkQuorum,
  noOp: defaultServerOptions.noOp,
  forwarding: defaultServerOptions.forwarding,
  clockDriftBound: defaultServerOptions.clockDriftBound,
  readTimeout: Duration.millis(defaultServerOptions.readTimeout),
  storageStallTimeout: Duration.millis(defaultServerOptions.storageStallTimeout),
  proposalTimeout: Duration.millis(defaultServerOptions.proposalTimeout),
  appendBytesMax: defaultServerOptions.appendBytesMax,
  inflightMessagesMax: defaultServerOptions.inflightMessagesMax,
  inflightBytesMax: defaultServerOptions.inflightBytesMax,
  applyBytesMax: defaultServerOptions.applyBytesMax,
  uncommittedEntriesMax: defaultServerOptions.uncommittedEntriesMax,
  uncommittedBytesMax: defaultServerOptions.uncommittedBytesMax,
  promotionLagEntriesMax: defaultServerOptions.promotionLagEntriesMax,
  memoryEntriesMax: defaultServerOptions.memoryEntriesMax,
  snapshotEntriesMax: 65_536,
  snapshotBytesMax: 67_108_864,
  trailingEntries: defaultServerOptions.trailingEntries,
  sessionsMax: 16_384,
  sessionAnswersMax: 256,
  sessionSilenceMax: Duration.hours(1),
  chunkBytesMax: defaultServerOptions.chunkBytesMax,
  inflightChunksMax: defaultServerOptions.inflightChunksMax
}

/** The options in force: the defaults, unless `layer` changed some. */
export const RaftOptions: Context.Reference<RaftOptionsShape> = Context.Reference("effect-raft/RaftOptions", {
  defaultValue: () => defaultRaftOptions
})

/** Changes some options and leaves the others at their defaults. They are checked when a server starts. */
export const layer = (options: Partial<RaftOptionsShape>): Layer.Layer<never> =>
  Layer.succeed(RaftOptions, { ...defaultRaftOptions, ...options })

const durations = [
  "heartbeatInterval",
  "electionTimeoutMin",
  "electionTimeoutMax",
  "readTimeout",
  "storageStallTimeout",
  "proposalTimeout",
  "sessionSilenceMax"
] as const

const bounds = [
  "appendBytesMax",
  "inflightMessagesMax",
  "inflightBytesMax",
  "applyBytesMax",
  "uncommittedEntriesMax",
  "uncommittedBytesMax",
  "promotionLagEntriesMax",
  "memoryEntriesMax",
  "snapshotEntriesMax",
  "snapshotBytesMax",
  "sessionsMax",
  "sessionAnswersMax",
  "chunkBytesMax",
  "inflightChunksMax"
] as const

/** What is wrong with the declaration about clocks. A bound so wide that a lease would end before the next heartbeat is a mistake, too. */
const clockDriftFault = (options: RaftOptionsShape): string | undefined => {
  const { checkQuorum, clockDriftBound, electionTimeoutMin, heartbeatInterval } = options
  if (clockDriftBound === undefined) return undefined
  if (!Number.isFinite(clockDriftBound) || clockDriftBound <= 0) {
    return `must be a fraction above zero, such as 0.01, not ${clockDriftBound}: no two clocks agree for ever`
  }
  if (!checkQuorum) return "needs checkQuorum, or followers promise nothing that a lease could rest on"
  const lease = Duration.toMillis(electionTimeoutMin) / (1 + clockDriftBound)
  return lease > Duration.toMillis(heartbeatInterval)
    ? undefined
    : `leaves a lease of ${lease} ms, which ends before the next heartbeat renews it`
}

/** What the log holds as a number of 32 bits. */
const narrowBounds = ["sessionsMax", "sessionAnswersMax"] as const
const narrowMax = 2 ** 32 - 1

const refuse = (field: string, reason: string) => Effect.fail(new InvalidOptions({ field, reason }))

/** The options as the reducer takes them, or the first field that cannot be. */
export const toServerOptions = Effect.fnUntraced(function* (
  options: RaftOptionsShape
): Effect.fn.Return<ServerOptions, InvalidOptions> {
  for (const field of durations) {
    const millis = Duration.toMillis(options[field])
    if (!Number.isFinite(millis) || millis <= 0)
      return yield* refuse(field, "must be a finite duration above zero")
  }
  for (const field of bounds) {
    if (!Number.isSafeInteger(options[field]) || options[field] < 1) {
      return yield* refuse(field, `must be a whole number of at least 1, not ${options[field]}`)
    }
  }
  for (const field of narrowBounds) {
    if (options[field] > narrowMax) return yield* refuse(field, `must be at most ${narrowMax}`)
  }
  if (!Number.isSafeInteger(options.trailingEntries) || options.trailingEntries < 0) {
    return yield* refuse("trailingEntries", `must be a whole number, not ${options.trailingEntries}`)
  }
  const heartbeatInterval = Duration.toMillis(options.heartbeatInterval)
  const electionTimeoutMin = Duration.toMillis(options.electionTimeoutMin)
  const electionTimeoutMax = Duration.toMillis(options.electionTimeoutMax)
  if (heartbeatInterval >= electionTimeoutMin) {
    return yield* refuse(
      "heartbeatInterval",
      `must be below electionTimeoutMin (${electionTimeoutMin} ms), or followers campaign against a healthy leader`
    )
  }
  if (electionTimeoutMax <= electionTimeoutMin) {
    return yield* refuse(
      "electionTimeoutMax",
      `must be above electionTimeoutMin (${electionTimeoutMin} ms), or split votes repeat`
    )
  }
  const clocks = clockDriftFault(options)
  if (clocks !== undefined) return yield* refuse("clockDriftBound", clocks)
  return {
    heartbeatInterval,
    electionTimeoutMin,
    electionTimeoutMax,
    preVote: options.preVote,
    checkQuorum: options.checkQuorum,
    noOp: options.noOp,
    forwarding: options.forwarding,
    proposalTimeout: Duration.toMillis(options.proposalTimeout),
    clockDriftBound: options.clockDriftBound,
    readTimeout: Duration.toMillis(options.readTimeout),
    storageStallTimeout: Duration.toMillis(options.storageStallTimeout),
    appendBytesMax: options.appendBytesMax,
    inflightMessagesMax: options.inflightMessagesMax,
    inflightBytesMax: options.inflightBytesMax,
    applyBytesMax: options.applyBytesMax,
    uncommittedEntriesMax: options.uncommittedEntriesMax,
    uncommittedBytesMax: options.uncommittedBytesMax,
    promotionLagEntriesMax: options.promotionLagEntriesMax,
    memoryEntriesMax: options.memoryEntriesMax,
    snapshotEntriesMax: options.snapshotEntriesMax,
    snapshotBytesMax: options.snapshotBytesMax,
    trailingEntries: options.trailingEntries,
    chunkBytesMax: options.chunkBytesMax,
    inflightChunksMax: options.inflightChunksMax
  }
})

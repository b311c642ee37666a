/**
 * Tunables of the reducer: plain numbers, milliseconds where they are times.
 *
 * The driver checks them before they come here; every queue, batch and window
 * of the reducer has its bound in this list.
 */
export interface ServerOptions {
  /** Time between heartbeat rounds of a leader (ms); also paces every retry. */
  readonly heartbeatInterval: number
  /** Shortest and longest time without a leader before a server campaigns (ms, inclusive; §5.2). */
  readonly electionTimeoutMin: number
  readonly electionTimeoutMax: number
  /** Ask before raising the term whether an election could be won (thesis §9.6). */
  readonly preVote: boolean
  /** A leader without a quorum steps down, and who hears from a leader grants no votes (thesis §6.2, §4.2.3). */
  readonly checkQuorum: boolean
  /** A new leader appends an entry of its own at once (§8); otherwise when something first needs one. */
  readonly noOp: boolean
  /** A follower asks its leader on behalf of its readers and proposers; otherwise it answers `NotLeader`. */
  readonly forwarding: boolean
  /** A forwarded command that is not answered by then may have been appended or not: `Unknown` (ms). */
  readonly proposalTimeout: number
  /**
   * By how much faster any server's clock may run than another's: 0.01 when none counts more than 101 ms while
   * some other counts 100. Leases need it (thesis §6.4.1); `undefined`, the default: there are none.
   */
  readonly clockDriftBound: number | undefined
  /** A read that is not confirmed and applied by then is answered `TimedOut` (ms). */
  readonly readTimeout: number
  /** A write in flight for longer makes a leader step down and keeps a follower from campaigning (ms). */
  readonly storageStallTimeout: number
  /** Size of the entries in one AppendEntries; a larger single entry travels alone. */
  readonly appendBytesMax: number
  /** AppendEntries with entries on the way to one peer, in messages and in bytes of entries. */
  readonly inflightMessagesMax: number
  readonly inflightBytesMax: number
  /** Size of the entries handed to the state machine at once. */
  readonly applyBytesMax: number
  /** Entries a leader holds beyond its commit index before it answers `Overloaded`. */
  readonly uncommittedEntriesMax: number
  readonly uncommittedBytesMax: number
  /** A server may begin to vote when its log is at most so many entries behind its leader's, and holds the configuration in force (thesis §4.2.1). */
  readonly promotionLagEntriesMax: number
  /** Applied, durable entries kept in memory for slow followers; older ones are read back from storage. */
  readonly memoryEntriesMax: number
  /** Applied entries, and bytes of log, after which a server takes a snapshot; `Infinity` for never (§7). */
  readonly snapshotEntriesMax: number
  readonly snapshotBytesMax: number
  /** Entries that a snapshot covers and the log keeps, so that slow followers need not be sent all of it. */
  readonly trailingEntries: number
  /** Size of one chunk of a snapshot on its way to a peer, and how many may be on the way to one. */
  readonly chunkBytesMax: number
  readonly inflightChunksMax: number
}

/** Fit for a LAN and for the university suite: at most ten heartbeat rounds a second. */
export const defaultServerOptions: ServerOptions = {
  heartbeatInterval: 100,
  electionTimeoutMin: 300,
  electionTimeoutMax: 600,
  preVote: true,
  checkQuorum: true,
  noOp: true,
  forwarding: true,
  proposalTimeout: 10_000,
  clockDriftBound: undefined,
  readTimeout: 5_000,
  storageStallTimeout: 2_000,
  appendBytesMax: 1_048_576,
  inflightMessagesMax: 256,
  inflightBytesMax: 8_388_608,
  applyBytesMax: 1_048_576,
  uncommittedEntriesMax: 65_536,
  uncommittedBytesMax: 67_108_864,
  promotionLagEntriesMax: 1_024,
  memoryEntriesMax: 65_536,
  snapshotEntriesMax: Infinity,
  snapshotBytesMax: Infinity,
  trailingEntries: 8_192,
  chunkBytesMax: 262_144,
  inflightChunksMax: 4
}

/**
 * What the laboratory's network carries, and over what.
 */

/** Something on the wire. */
export interface Parcel {
  readonly value: unknown
  /** Encoded size, for the byte counters. */
  readonly bytes: number
  /** A hash of the content, for the trace hash. */
  readonly digest: number
}

/** A caller's handle on one server, connected once, switched on and off. */
export interface LinkEnd {
  /** Who calls: for traces only. */
  readonly caller: string
  readonly serverName: string
  enabled: boolean
}

/**
 * Branded primitives of the protocol: who, when and where.
 *
 * The brands keep a term from being used as an index. Constructors do not
 * check: numbers are validated where they enter (codec, options), not on every
 * step.
 */

declare const brand: unique symbol

interface Branded<Name extends string> {
  readonly [brand]: Name
}

/** Name of a server, unique in its cluster for all time: 1 to 64 characters of `[A-Za-z0-9._-]`. */
export type ServerId = string & Branded<"ServerId">

/** Logical clock of §5.1: starts at 0 (no election yet) and never falls. */
export type Term = number & Branded<"Term">

/** Position in the replicated log, 1-based; 0 is the place before the first entry. */
export type LogIndex = number & Branded<"LogIndex">

/** Number of a `Write`, counted per server from 1; 0 means "no write". */
export type WriteId = number & Branded<"WriteId">

/** Number of a request, counted per server from 1; its response echoes it. */
export type Sequence = number & Branded<"Sequence">

/** One life of a server, between two restarts: the nonce its driver drew at start. */
export type Incarnation = number & Branded<"Incarnation">

/** Which replicated log a message belongs to, when one process serves many (0 otherwise). */
export type GroupId = number & Branded<"GroupId">

export const serverId = (value: string): ServerId => value as ServerId
export const term = (value: number): Term => value as Term
export const logIndex = (value: number): LogIndex => value as LogIndex
export const writeId = (value: number): WriteId => value as WriteId
export const sequence = (value: number): Sequence => value as Sequence
export const incarnation = (value: number): Incarnation => value as Incarnation
export const groupId = (value: number): GroupId => value as GroupId

const serverIdGrammar = /^[A-Za-z0-9._-]{1,64}$/

/** Whether a text may name a server; the grammar keeps ids safe in file names, URLs and logs. */
export const isServerId = (value: string): value is ServerId => serverIdGrammar.test(value)

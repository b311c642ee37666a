/**
 * What decoding comes to: a value, or a typed reason why these bytes are none.
 *
 * Decoders never throw on what they read. A reason is for programs, the text
 * for the operator who finds the peer that sent it.
 */

export type DecodeErrorReason =
  /** The bytes end before what they announce. */
  | "Truncated"
  /** The bytes go on after what they announce. */
  | "TrailingBytes"
  /** A count is larger than the bytes that follow could hold. */
  | "CountTooLarge"
  | "UnknownVersion"
  /** A kind without a meaning in any version we know. */
  | "UnknownKind"
  /** A kind that later versions give a meaning. */
  | "ReservedKind"
  /** A field that must be zero until a later version gives it a meaning. */
  | "ReservedField"
  /** Above `Number.MAX_SAFE_INTEGER`. */
  | "UnsafeInteger"
  | "InvalidServerId"
  | "InvalidBoolean"
  /** Not well-formed UTF-8. */
  | "InvalidText"
  /** An entry's index is not the one after its predecessor's. */
  | "IndexOutOfOrder"
  /** A term falls along the log, or is above the sender's. */
  | "TermOutOfOrder"
  /** Log time falls along the log. */
  | "TimeOutOfOrder"
  /** A no-op that carries something. */
  | "UnexpectedPayload"
  | "DuplicateMember"
  /** Tags of optional fields do not rise. */
  | "FieldOutOfOrder"

export interface DecodeError {
  readonly _tag: "DecodeError"
  readonly reason: DecodeErrorReason
  /** Where in the decoded bytes the offending field starts. */
  readonly offset: number
  /** What happened, in a sentence. */
  readonly text: string
}

export interface Ok<T> {
  readonly _tag: "Ok"
  readonly value: T
}

export type Decoded<T> = Ok<T> | DecodeError

export const ok = <T>(value: T): Ok<T> => ({ _tag: "Ok", value })

export const decodeError = (reason: DecodeErrorReason, offset: number, what: string): DecodeError => ({
  _tag: "DecodeError",
  reason,
  offset,
  text: `${what} (at byte ${offset})`
})

/** The bytes stop inside `what`. */
export const truncated = (
  what: string,
  place: { readonly at: number; readonly needed: number; readonly available: number }
): DecodeError =>
  decodeError("Truncated", place.at, `${what} needs ${place.needed} bytes, but ${place.available} are there`)

/** The bytes go on after `what`. */
export const trailing = (
  what: string,
  place: { readonly end: number; readonly length: number }
): DecodeError =>
  decodeError("TrailingBytes", place.end, `${place.length - place.end} bytes follow the end of ${what}`)

export const unknownVersion = (what: string, at: number, version: number): DecodeError =>
  decodeError("UnknownVersion", at, `${what} has version ${version}, but this server reads version 1`)

export const unsafeInteger = (field: string, at: number): DecodeError =>
  decodeError("UnsafeInteger", at, `${field} is above ${Number.MAX_SAFE_INTEGER}`)

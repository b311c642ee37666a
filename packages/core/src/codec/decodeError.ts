/**
 * What decoding comes to: a value, or a typed reason why the bytes are none.
 *
 * Decoders never throw on what they read. The reason is for programs, the text
 * for the operator who looks for the server that sent it.
 */

export type DecodeErrorReason =
  /** The bytes end before what they announce. */
  | "Truncated"
  /** The bytes go on after what they announce. */
  | "TrailingBytes"
  | "UnknownVersion"
  /** A kind or role without a meaning in any version we know. */
  | "UnknownKind"
  /** A kind or role that a later version may give a meaning. */
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
  /** A term falls along the log, or is above its leader's. */
  | "TermOutOfOrder"
  /** Log time falls along the log. */
  | "TimeOutOfOrder"
  /** The tags of optional fields do not rise. */
  | "TagOutOfOrder"
  /** A number of a request that is larger than the request's own. */
  | "SequenceOutOfOrder"
  /** An optional field that this version knows has another length. */
  | "FieldLength"
  /** A no-op that carries something. */
  | "UnexpectedPayload"
  | "DuplicateMember"
  /** A chunk that goes beyond the size of its snapshot. */
  | "ChunkOutOfRange"

export interface DecodeError {
  readonly _tag: "DecodeError"
  readonly reason: DecodeErrorReason
  /** Where the offending field starts, counted from the first byte decoded. */
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

export const decodeError = (reason: DecodeErrorReason, offset: number, text: string): DecodeError => ({
  _tag: "DecodeError",
  reason,
  offset,
  text
})

/** Counts the offset of an error from `start` instead of the start of the buffer. */
export const relativeTo = <T>(start: number, decoded: Decoded<T>): Decoded<T> =>
  decoded._tag === "Ok" ? decoded : { ...decoded, offset: decoded.offset - start }

/** `what` starts at `start` and takes `needed` bytes, but the bytes stop at `end`. */
export const truncated = (
  what: string,
  place: { readonly start: number; readonly end: number; readonly needed: number }
): DecodeError => {
  const available = Math.max(0, place.end - place.start)
  return decodeError(
    "Truncated",
    place.start,
    `${what} takes ${place.needed} bytes, but ${available} are there`
  )
}

/** `what` ended at `at`, but the bytes go on to `end`. */
export const trailing = (what: string, place: { readonly at: number; readonly end: number }): DecodeError =>
  decodeError("TrailingBytes", place.at, `${place.end - place.at} bytes follow the end of ${what}`)

export const unknownVersion = (what: string, at: number, version: number): DecodeError =>
  decodeError("UnknownVersion", at, `${what} has format version ${version}, but this server reads version 1`)

export const unsafeInteger = (field: string, at: number): DecodeError =>
  decodeError("UnsafeInteger", at, `${field} is above ${Number.MAX_SAFE_INTEGER}`)

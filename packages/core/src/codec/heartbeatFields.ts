/**
 * The optional fields of heartbeats and of questions for a read index
 * (docs/wire-format.md): hints, without which a receiver does more work and
 * nothing wrong.
 */
import { incarnation, logIndex, sequence } from "../ids.ts"
import type { Message, RoundNews } from "../message.ts"
import { getSafe, setSafe } from "./bytes.ts"
import { type Decoded, decodeError, ok, unsafeInteger } from "./decodeError.ts"
import { fieldHeaderBytes, findField, writeFieldHeader } from "./optionalFields.ts"

/** Where the numbers of a heartbeat's round stand in its field. */
const roundAt = { answered: 0, answeredBy: 8, confirmed: 16, commitIndex: 24 } as const
const safeBytes = 8
const roundBytes = 32

/** Each kind of message has one such field, with this tag. */
const theTag = 1

type Heartbeat = Extract<Message, { readonly _tag: "HeartbeatRequest" | "HeartbeatResponse" }>

/** How many bytes the optional field of a heartbeat or of its answer takes. */
export const heartbeatFieldLength = (message: Heartbeat): number => {
  if (message._tag === "HeartbeatRequest")
    return message.round === undefined ? 0 : fieldHeaderBytes + roundBytes
  return message.promise === undefined ? 0 : fieldHeaderBytes + safeBytes
}

/** Writes the field from `at` on and returns where it ends. */
export const writeRound = (view: DataView, at: number, round: RoundNews | undefined): number => {
  if (round === undefined) return at
  const start = writeFieldHeader(view, at, theTag, roundBytes)
  setSafe(view, start + roundAt.answered, round.answered)
  setSafe(view, start + roundAt.answeredBy, round.answeredBy)
  setSafe(view, start + roundAt.confirmed, round.confirmed)
  setSafe(view, start + roundAt.commitIndex, round.commitIndex)
  return start + roundBytes
}

export const writePromise = (view: DataView, at: number, promise: number | undefined): number => {
  if (promise === undefined) return at
  const start = writeFieldHeader(view, at, theTag, safeBytes)
  setSafe(view, start, promise)
  return start + safeBytes
}

/** The field among well-formed ones in `start..end`, `undefined` if it is not there. */
export const readRound = (view: DataView, start: number, end: number): Decoded<RoundNews | undefined> => {
  const field = findField(view, start, end, theTag)
  if (field === undefined) return ok(undefined)
  if (field.length !== roundBytes) return wrongLength(start, field.length, roundBytes)
  const at = field.start
  for (const [name, place] of Object.entries(roundAt)) {
    if (getSafe(view, at + place) < 0) return unsafeInteger(name, at + place)
  }
  return ok({
    answered: sequence(getSafe(view, at + roundAt.answered)),
    answeredBy: incarnation(getSafe(view, at + roundAt.answeredBy)),
    confirmed: sequence(getSafe(view, at + roundAt.confirmed)),
    commitIndex: logIndex(getSafe(view, at + roundAt.commitIndex))
  })
}

export const readPromise = (view: DataView, start: number, end: number): Decoded<number | undefined> => {
  const field = findField(view, start, end, theTag)
  if (field === undefined) return ok(undefined)
  if (field.length !== safeBytes) return wrongLength(start, field.length, safeBytes)
  const promise = getSafe(view, field.start)
  return promise < 0 ? unsafeInteger("promise", field.start) : ok(promise)
}

const wrongLength = (at: number, length: number, needed: number) =>
  decodeError("FieldLength", at, `optional field ${theTag} takes ${needed} bytes, not ${length}`)

/** A question that a lease may answer has an empty field, which says so. */
export const leaseFieldLength = (allowsLease: boolean): number => (allowsLease ? fieldHeaderBytes : 0)

export const writeAllowsLease = (view: DataView, at: number, allowsLease: boolean): number =>
  allowsLease ? writeFieldHeader(view, at, theTag, 0) : at

export const readAllowsLease = (view: DataView, start: number, end: number): Decoded<boolean> => {
  const field = findField(view, start, end, theTag)
  if (field === undefined) return ok(false)
  return field.length === 0 ? ok(true) : wrongLength(start, field.length, 0)
}

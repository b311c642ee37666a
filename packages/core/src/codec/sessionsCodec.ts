/**
 * The session table as bytes, for snapshots (§7, thesis §6.3).
 *
 * Equal tables give equal bytes. There are no optional fields: a server that
 * skipped a part of the table would decide otherwise than the others.
 */
import { logIndex } from "../ids.ts"
import { invariant } from "../invariant.ts"
import * as Sessions from "../sessions/sessions.ts"
import { getSafe, setSafe, type Target, targetOf, u32Max, viewOf } from "./bytes.ts"
import {
  type Decoded,
  type DecodeError,
  decodeError,
  ok,
  relativeTo,
  trailing,
  truncated,
  unknownVersion,
  unsafeInteger
} from "./decodeError.ts"
import { readSessionLimits, writeSessionLimits } from "./sessionCommandCodec.ts"
import { wireVersion } from "./wireFormat.ts"

type Table = Sessions.Sessions<Uint8Array>
type Session = Sessions.Session<Uint8Array>
type Slot = Sessions.Slot<Uint8Array>

/** Where the fields of a table start; its version comes first, its limits where a registration has them, its sessions after these. */
const reservedAt = 1
const reservedBytes = 3
const lengthAt = 4
const limitsAt = 8
const lastIndexAt = 24
const lastTimeAt = 32
const sessionCountAt = 40
const headerBytes = 44

/** Where the fields of a session start; its answers come after these. */
const clientIdAt = 0
const activeIndexAt = 8
const activeTimeAt = 16
const acknowledgedAt = 24
const answerCountAt = 32
const sessionHeaderBytes = 36

/** Where the fields of an answer start; its bytes come after these. */
const sequenceAt = 0
const answerLengthAt = 8
const answerHeaderBytes = 12

/** The bytes of a table between two entries, in a buffer of their own. */
export const encodeSessions = (sessions: Table): Uint8Array => {
  const all = Sessions.all(sessions)
  const length = all.reduce((sum, session) => sum + sessionLength(session), headerBytes)
  invariant(length <= u32Max, "the length of a session table fits its field")
  const target = targetOf(new ArrayBuffer(length))
  const { view } = target
  view.setUint8(0, wireVersion)
  view.setUint32(lengthAt, length)
  writeSessionLimits(view, sessions.limits)
  setSafe(view, lastIndexAt, sessions.lastIndex)
  setSafe(view, lastTimeAt, sessions.lastTime)
  view.setUint32(sessionCountAt, all.length)
  let at = headerBytes
  for (const session of all) at = writeSession(target, at, session)
  return target.bytes
}

const sessionLength = ({ slots }: Session): number =>
  slots.reduce((sum, slot) => sum + answerHeaderBytes + answerOf(slot).length, sessionHeaderBytes)

const answerOf = (slot: Slot): Uint8Array => {
  invariant(slot._tag === "Answered", "a snapshot is taken when nothing is being executed")
  return slot.answer
}

const writeSession = (target: Target, start: number, session: Session): number => {
  const { view } = target
  setSafe(view, start + clientIdAt, session.clientId)
  setSafe(view, start + activeIndexAt, session.activeIndex)
  setSafe(view, start + activeTimeAt, session.activeTime)
  setSafe(view, start + acknowledgedAt, session.firstUnacknowledged)
  view.setUint32(start + answerCountAt, session.slots.length)
  let at = start + sessionHeaderBytes
  for (const slot of session.slots) {
    const answer = answerOf(slot)
    setSafe(view, at + sequenceAt, slot.sequence)
    view.setUint32(at + answerLengthAt, answer.length)
    target.bytes.set(answer, at + answerHeaderBytes)
    at += answerHeaderBytes + answer.length
  }
  return at
}

/** How many bytes the table takes that begins with these, as its header says; `undefined` if they are too few to tell. */
export const encodedSessionsLength = (head: Uint8Array): number | undefined =>
  head.length < limitsAt ? undefined : viewOf(head.buffer).getUint32(head.byteOffset + lengthAt)

/** Decodes exactly one table, which keeps nothing of `bytes`. */
export const decodeSessions = (bytes: Uint8Array): Decoded<Table> => {
  const start = bytes.byteOffset
  return relativeTo(start, readSessions(viewOf(bytes.buffer), start, start + bytes.length))
}

const readSessions = (view: DataView, start: number, end: number): Decoded<Table> => {
  const header = readHeader(view, start, end)
  if (header._tag === "DecodeError") return header
  const count = view.getUint32(start + sessionCountAt)
  const needed = headerBytes + count * sessionHeaderBytes
  if (needed > end - start) return truncated(`a table of ${count} sessions`, { start, end, needed })

  let table = header.value
  let lastClientId = 0
  let at = start + headerBytes
  while (Sessions.size(table) < count) {
    const found = readSession(view, at, end)
    if (found._tag === "DecodeError") return found
    const { session, end: sessionEnd } = found.value
    const fault = placeFault(table, session, { at, lastClientId })
    if (fault !== undefined) return fault
    table = Sessions.added(table, session)
    lastClientId = session.clientId
    at = sessionEnd
  }
  return at < end ? trailing("a session table", { at, end }) : (timesFault(table, start) ?? ok(table))
}

/** A table with everything but its sessions. */
const readHeader = (view: DataView, start: number, end: number): Decoded<Table> => {
  // The version first, and from one byte: other versions may have shorter headers.
  const version = start < end ? view.getUint8(start) : wireVersion
  if (version !== wireVersion) return unknownVersion("a session table", start, version)
  if (end - start < headerBytes) {
    return truncated("the header of a session table", { start, end, needed: headerBytes })
  }
  const needed = view.getUint32(start + lengthAt)
  if (needed > end - start) return truncated("a session table", { start, end, needed })
  if (needed < end - start) return trailing("a session table", { at: start + needed, end })
  for (let at = start + reservedAt; at < start + reservedAt + reservedBytes; at++) {
    const reserved = view.getUint8(at)
    if (reserved !== 0)
      return decodeError("ReservedField", at, `a reserved field of a session table is ${reserved}, not 0`)
  }

  const limits = readSessionLimits(view, start)
  if (limits._tag === "DecodeError") return limits
  const lastIndex = getSafe(view, start + lastIndexAt)
  if (lastIndex < 0) return unsafeInteger("last index", start + lastIndexAt)
  const lastTime = getSafe(view, start + lastTimeAt)
  if (lastTime < 0) return unsafeInteger("last time", start + lastTimeAt)
  return ok({ ...Sessions.empty, limits: limits.value, lastIndex: logIndex(lastIndex), lastTime })
}

interface Found {
  readonly session: Session
  readonly end: number
}

const readSession = (view: DataView, start: number, limit: number): Decoded<Found> => {
  if (limit - start < sessionHeaderBytes) {
    return truncated("the head of a session", { start, end: limit, needed: sessionHeaderBytes })
  }
  const clientId = getSafe(view, start + clientIdAt)
  if (clientId < 0) return unsafeInteger("client id", start + clientIdAt)
  const activeIndex = getSafe(view, start + activeIndexAt)
  if (activeIndex < 0) return unsafeInteger("index of the last entry", start + activeIndexAt)
  const activeTime = getSafe(view, start + activeTimeAt)
  if (activeTime < 0) return unsafeInteger("time of the last entry", start + activeTimeAt)
  const firstUnacknowledged = getSafe(view, start + acknowledgedAt)
  if (firstUnacknowledged < 0) return unsafeInteger("first unacknowledged", start + acknowledgedAt)

  const count = view.getUint32(start + answerCountAt)
  const slots: Array<Slot> = []
  let lastSequence = firstUnacknowledged - 1
  let at = start + sessionHeaderBytes
  while (slots.length < count) {
    const slot = readSlot(view, at, { end: limit, lastSequence })
    if (slot._tag === "DecodeError") return slot
    slots.push(slot.value)
    lastSequence = slot.value.sequence
    at += answerHeaderBytes + view.getUint32(at + answerLengthAt)
  }
  const active = { activeIndex: logIndex(activeIndex), activeTime }
  const session = { clientId: logIndex(clientId), ...active, firstUnacknowledged, slots }
  return ok({ session, end: at })
}

const readSlot = (
  view: DataView,
  start: number,
  { end, lastSequence }: { readonly end: number; readonly lastSequence: number }
): Decoded<Slot> => {
  if (end - start < answerHeaderBytes) {
    return truncated("the head of an answer", { start, end, needed: answerHeaderBytes })
  }
  const sequence = getSafe(view, start + sequenceAt)
  if (sequence < 0) return unsafeInteger("sequence", start + sequenceAt)
  if (sequence <= lastSequence) {
    const text = `an answer has sequence ${sequence}, where it is above ${lastSequence}`
    return decodeError("IndexOutOfOrder", start + sequenceAt, text)
  }
  const answerStart = start + answerHeaderBytes
  const answerEnd = answerStart + view.getUint32(start + answerLengthAt)
  if (answerEnd > end) return truncated("an answer", { start, end, needed: answerEnd - start })
  const answer = new Uint8Array(view.buffer.slice(answerStart, answerEnd))
  return ok({ _tag: "Answered", sequence, answer })
}

interface Before {
  readonly at: number
  readonly lastClientId: number
}

/** Why no table has this session, found at `at`, after those it holds already. */
const placeFault = (
  table: Table,
  { activeIndex, activeTime, clientId }: Session,
  { at, lastClientId }: Before
): DecodeError | undefined => {
  if (clientId <= lastClientId) {
    const text = `client ${clientId} stands after client ${lastClientId}`
    return decodeError("IndexOutOfOrder", at + clientIdAt, text)
  }
  if (activeIndex < clientId || activeIndex > table.lastIndex) {
    const text = `client ${clientId} was last heard in entry ${activeIndex}, of ${table.lastIndex}`
    return decodeError("IndexOutOfOrder", at + activeIndexAt, text)
  }
  if (activeTime > table.lastTime) {
    const text = `client ${clientId} was last heard at ${activeTime}, after ${table.lastTime}`
    return decodeError("TimeOutOfOrder", at + activeTimeAt, text)
  }
  return undefined
}

/** Log time never falls, so who was heard in an earlier entry was heard no later; and no entry is two clients' last. */
const timesFault = (table: Table, start: number): DecodeError | undefined => {
  const byActivity = Sessions.all(table).toSorted((one, other) => one.activeIndex - other.activeIndex)
  for (let position = 1; position < byActivity.length; position++) {
    const { activeIndex, activeTime, clientId } = byActivity[position]!
    const before = byActivity[position - 1]!
    if (activeIndex === before.activeIndex) {
      const text = `clients ${before.clientId} and ${clientId} were last heard in the same entry ${activeIndex}`
      return decodeError("IndexOutOfOrder", start + headerBytes, text)
    }
    if (activeTime < before.activeTime) {
      const text = `client ${clientId} was heard at ${activeTime}, but earlier entries are of ${before.activeTime}`
      return decodeError("TimeOutOfOrder", start + headerBytes, text)
    }
  }
  return undefined
}

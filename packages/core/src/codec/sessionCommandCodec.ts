/**
 * The payload of `Session` entries as bytes (§8, thesis §6.3).
 *
 * Like entries, which carry them, they have no optional fields: servers must
 * agree on all that they do.
 */
import { type LogIndex, logIndex } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type { SessionCommand, SessionLimits } from "../sessions/sessionCommand.ts"
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
import { wireVersion } from "./wireFormat.ts"

/** Where the fields of every session command start; its version comes first, its body after these. */
const kindAt = 1
const reservedAt = 2
const lengthAt = 4
const bodyAt = 8

/** A `Register` has limits there, and so has a session table. */
const sessionsMaxAt = 8
const answersMaxAt = 12
const silenceMillisMaxAt = 16

/** All the others; a `KeepAlive` acknowledges where an `Execute` has its sequence. */
const clientIdAt = 8
const sequenceAt = 16
const acknowledgedAt = 24
const keepAliveAcknowledgedAt = 16

/** The kinds, and how long each is, without the command of an `Execute`. */
const layouts = {
  Register: { kind: 0, bytes: 24 },
  Execute: { kind: 1, bytes: 32 },
  KeepAlive: { kind: 2, bytes: 24 },
  Close: { kind: 3, bytes: 16 }
} as const satisfies Record<SessionCommand["_tag"], { readonly kind: number; readonly bytes: number }>

const tagOfKind = (kind: number): SessionCommand["_tag"] | undefined =>
  (["Register", "Execute", "KeepAlive", "Close"] as const).find((tag) => layouts[tag].kind === kind)

/** The bytes of a session command, in a buffer of their own. */
export const encodeSessionCommand = (command: SessionCommand): Uint8Array => {
  const { bytes, kind } = layouts[command._tag]
  const length = command._tag === "Execute" ? bytes + command.command.length : bytes
  invariant(length <= u32Max, "the length of a session command fits its field")
  const target = targetOf(new ArrayBuffer(length))
  target.view.setUint8(0, wireVersion)
  target.view.setUint8(kindAt, kind)
  target.view.setUint32(lengthAt, length)
  writeBody(target, command)
  return target.bytes
}

const writeBody = ({ bytes, view }: Target, command: SessionCommand): void => {
  switch (command._tag) {
    case "Register":
      return writeSessionLimits(view, command.limits)
    case "Execute":
      setSafe(view, clientIdAt, command.clientId)
      setSafe(view, sequenceAt, command.sequence)
      setSafe(view, acknowledgedAt, command.firstUnacknowledged)
      return bytes.set(command.command, layouts.Execute.bytes)
    case "KeepAlive":
      setSafe(view, clientIdAt, command.clientId)
      return setSafe(view, keepAliveAcknowledgedAt, command.firstUnacknowledged)
    case "Close":
      return setSafe(view, clientIdAt, command.clientId)
  }
}

/** Decodes exactly one session command. What an `Execute` carries is a view: it keeps the memory of `bytes` and changes with it. */
export const decodeSessionCommand = (bytes: Uint8Array): Decoded<SessionCommand> => {
  const start = bytes.byteOffset
  return relativeTo(start, readSessionCommand(viewOf(bytes.buffer), start, start + bytes.length))
}

const readSessionCommand = (view: DataView, start: number, end: number): Decoded<SessionCommand> => {
  const fault = headFault(view, start, end)
  if (fault !== undefined) return fault
  const kind = view.getUint8(start + kindAt)
  const tag = tagOfKind(kind)
  if (tag === undefined) {
    const text = `no version of this format has session commands of kind ${kind}`
    return decodeError("UnknownKind", start + kindAt, text)
  }
  const needed = layouts[tag].bytes
  if (end - start < needed) return truncated(`a session command (${tag})`, { start, end, needed })
  if (tag !== "Execute" && end - start > needed) return trailing(`a ${tag}`, { at: start + needed, end })
  return readBody(view, { tag, start, end })
}

const headFault = (view: DataView, start: number, end: number): DecodeError | undefined => {
  // The version first, and from one byte: other versions may have shorter heads.
  const version = start < end ? view.getUint8(start) : wireVersion
  if (version !== wireVersion) return unknownVersion("a session command", start, version)
  if (end - start < bodyAt) return truncated("the head of a session command", { start, end, needed: bodyAt })
  const reserved = view.getUint16(start + reservedAt)
  if (reserved !== 0) {
    const text = `the reserved field of a session command is ${reserved}, not 0`
    return decodeError("ReservedField", start + reservedAt, text)
  }
  const needed = view.getUint32(start + lengthAt)
  if (needed > end - start) return truncated("a session command", { start, end, needed })
  if (needed < end - start) return trailing("a session command", { at: start + needed, end })
  return undefined
}

interface Found {
  readonly tag: SessionCommand["_tag"]
  readonly start: number
  readonly end: number
}

const readBody = (view: DataView, { tag, start, end }: Found): Decoded<SessionCommand> => {
  if (tag === "Register") {
    const limits = readSessionLimits(view, start)
    return limits._tag === "Ok" ? ok({ _tag: tag, limits: limits.value }) : limits
  }
  const clientId = getSafe(view, start + clientIdAt)
  if (clientId < 0) return unsafeInteger("client id", start + clientIdAt)
  switch (tag) {
    case "Execute":
      return readExecute(view, logIndex(clientId), start, end)
    case "KeepAlive": {
      const firstUnacknowledged = getSafe(view, start + keepAliveAcknowledgedAt)
      return firstUnacknowledged < 0
        ? unsafeInteger("first unacknowledged", start + keepAliveAcknowledgedAt)
        : ok({ _tag: tag, clientId: logIndex(clientId), firstUnacknowledged })
    }
    case "Close":
      return ok({ _tag: tag, clientId: logIndex(clientId) })
  }
}

const readExecute = (
  view: DataView,
  clientId: LogIndex,
  start: number,
  end: number
): Decoded<SessionCommand> => {
  const sequence = getSafe(view, start + sequenceAt)
  if (sequence < 0) return unsafeInteger("sequence", start + sequenceAt)
  const firstUnacknowledged = getSafe(view, start + acknowledgedAt)
  if (firstUnacknowledged < 0) return unsafeInteger("first unacknowledged", start + acknowledgedAt)
  const commandAt = start + layouts.Execute.bytes
  const command = new Uint8Array(view.buffer, commandAt, end - commandAt)
  return ok({ _tag: "Execute", clientId, sequence, firstUnacknowledged, command })
}

/** Writes the limits of a registration or a table that starts with the buffer. */
export const writeSessionLimits = (view: DataView, limits: SessionLimits): void => {
  const { answersMax, sessionsMax, silenceMillisMax } = limits
  invariant(answersMax >>> 0 === answersMax, "a number of answers is an unsigned 32-bit integer")
  invariant(sessionsMax >>> 0 === sessionsMax, "a number of sessions is an unsigned 32-bit integer")
  view.setUint32(sessionsMaxAt, sessionsMax)
  view.setUint32(answersMaxAt, answersMax)
  setSafe(view, silenceMillisMaxAt, silenceMillisMax)
}

/** The limits of a registration or a table at `start`, whose header the caller knows to be there. */
export const readSessionLimits = (view: DataView, start: number): Decoded<SessionLimits> => {
  const silenceMillisMax = getSafe(view, start + silenceMillisMaxAt)
  if (silenceMillisMax < 0) return unsafeInteger("longest silence", start + silenceMillisMaxAt)
  const sessionsMax = view.getUint32(start + sessionsMaxAt)
  const answersMax = view.getUint32(start + answersMaxAt)
  return ok({ sessionsMax, answersMax, silenceMillisMax })
}

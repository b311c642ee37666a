/**
 * Configurations as bytes (§6), for snapshots and, later, log entries.
 *
 * A configuration and each of its members may end in optional fields. A server
 * that skips one loses it when it writes the configuration again, so no
 * optional field may ever change who votes.
 */
import type { Configuration, Member, MemberRole } from "../configuration.ts"
import type { ServerId } from "../ids.ts"
import { invariant } from "../invariant.ts"
import { type Target, targetOf, u16Max, u32Max, viewOf } from "./bytes.ts"
import {
  type Decoded,
  type DecodeError,
  decodeError,
  ok,
  relativeTo,
  trailing,
  truncated,
  unknownVersion
} from "./decodeError.ts"
import { optionalFieldsFault } from "./optionalFields.ts"
import { readServerId, serverIdFault, writeServerId } from "./serverIdCodec.ts"
import { encodedTextLength, readText, writeText } from "./text.ts"
import { memberRoles, wireVersion } from "./wireFormat.ts"

/** Where the fields of a configuration start; its version comes first, its members after these. */
const reservedAt = 1
const outgoingCountAt = 2
const lengthAt = 4
const memberCountAt = 8
const headerBytes = 12

/** Where the fields of a member start; its length comes first, its id, texts and extension after these. */
const idLengthAt = 4
const roleAt = 5
const priorityAt = 6
const addressLengthAt = 10
const storageIdLengthAt = 12
const extensionLengthAt = 14
const memberHeaderBytes = 18

/** The bytes of a configuration, in a buffer of their own. */
export const encodeConfiguration = (configuration: Configuration): Uint8Array => {
  const { members } = configuration
  const length = members.reduce((sum, member) => sum + memberLength(member), headerBytes)
  invariant(length <= u32Max, "the length of a configuration fits its field")
  invariant(new Set(members.map((member) => member.id)).size === members.length, "members have different ids")
  const target = targetOf(new ArrayBuffer(length))
  target.view.setUint8(0, wireVersion)
  target.view.setUint32(lengthAt, length)
  target.view.setUint32(memberCountAt, members.length)
  let at = headerBytes
  for (const member of members) at = writeMember(target, at, member)
  return target.bytes
}

const memberLength = (member: Member): number =>
  memberHeaderBytes +
  member.id.length +
  encodedTextLength(member.address) +
  encodedTextLength(member.storageId) +
  member.extension.length

const writeMember = ({ bytes, view }: Target, at: number, member: Member): number => {
  const idStart = at + memberHeaderBytes
  const addressStart = writeServerId(view, idStart, member.id)
  const storageIdStart = writeText(view, addressStart, member.address)
  const extensionStart = writeText(view, storageIdStart, member.storageId)
  const end = extensionStart + member.extension.length
  bytes.set(member.extension, extensionStart)
  invariant(member.role !== "Witness", "no member has a reserved role")
  invariant((member.priority | 0) === member.priority, "a priority is a signed 32-bit integer")
  invariant(storageIdStart - addressStart <= u16Max, "the length of an address fits its field")
  invariant(extensionStart - storageIdStart <= u16Max, "the length of a storage id fits its field")
  view.setUint32(at, end - at)
  view.setUint8(at + idLengthAt, addressStart - idStart)
  view.setUint8(at + roleAt, memberRoles[member.role])
  view.setInt32(at + priorityAt, member.priority)
  view.setUint16(at + addressLengthAt, storageIdStart - addressStart)
  view.setUint16(at + storageIdLengthAt, extensionStart - storageIdStart)
  view.setUint32(at + extensionLengthAt, end - extensionStart)
  return end
}

/** Decodes exactly one configuration, which keeps nothing of `bytes`. */
export const decodeConfiguration = (bytes: Uint8Array): Decoded<Configuration> => {
  const start = bytes.byteOffset
  return relativeTo(start, readConfiguration(viewOf(bytes.buffer), start, start + bytes.length))
}

/** Decodes the one configuration that fills `start..end`. */
export const readConfiguration = (view: DataView, start: number, end: number): Decoded<Configuration> => {
  const fault = headerFault(view, start, end)
  if (fault !== undefined) return fault
  const count = view.getUint32(start + memberCountAt)
  const needed = headerBytes + count * (memberHeaderBytes + 1)
  if (needed > end - start) return truncated(`a configuration of ${count} members`, { start, end, needed })

  const members: Array<Member> = []
  const ids = new Set<ServerId>()
  let at = start + headerBytes
  while (members.length < count) {
    const member = readMember(view, at, end)
    if (member._tag === "DecodeError") return member
    const { id } = member.value
    if (ids.has(id))
      return decodeError("DuplicateMember", at, `member ${members.length} repeats the id ${id}`)
    ids.add(id)
    members.push(member.value)
    at += view.getUint32(at)
  }
  return optionalFieldsFault(view, at, end) ?? ok({ members })
}

/** What is wrong before the members, if anything. */
const headerFault = (view: DataView, start: number, end: number): DecodeError | undefined => {
  // The version first, and from one byte: other versions may have shorter headers.
  const version = start < end ? view.getUint8(start) : wireVersion
  if (version !== wireVersion) return unknownVersion("a configuration", start, version)
  if (end - start < headerBytes) {
    return truncated("the header of a configuration", { start, end, needed: headerBytes })
  }
  const needed = view.getUint32(start + lengthAt)
  if (needed > end - start) return truncated("a configuration", { start, end, needed })
  if (needed < end - start) return trailing("a configuration", { at: start + needed, end })

  const reserved = view.getUint8(start + reservedAt)
  if (reserved !== 0) {
    const text = `the reserved field of a configuration is ${reserved}, not 0`
    return decodeError("ReservedField", start + reservedAt, text)
  }
  const outgoing = view.getUint16(start + outgoingCountAt)
  if (outgoing !== 0) {
    const text = `a configuration with ${outgoing} outgoing voters (joint consensus) needs a later version`
    return decodeError("ReservedField", start + outgoingCountAt, text)
  }
  return undefined
}

const readMember = (view: DataView, start: number, limit: number): Decoded<Member> => {
  if (limit - start < memberHeaderBytes) {
    return truncated("the head of a member", { start, end: limit, needed: memberHeaderBytes })
  }
  const idStart = start + memberHeaderBytes
  const addressStart = idStart + view.getUint8(start + idLengthAt)
  const storageIdStart = addressStart + view.getUint16(start + addressLengthAt)
  const extensionStart = storageIdStart + view.getUint16(start + storageIdLengthAt)
  const extensionEnd = extensionStart + view.getUint32(start + extensionLengthAt)
  const end = start + view.getUint32(start)
  if (end > limit) return truncated("a member", { start, end: limit, needed: end - start })
  if (extensionEnd > end)
    return truncated("what a member holds", { start, end, needed: extensionEnd - start })
  const fieldsFault = optionalFieldsFault(view, extensionEnd, end)
  if (fieldsFault !== undefined) return fieldsFault

  const role = roleOfCode(view.getUint8(start + roleAt))
  if (role === undefined) return roleFault(view, start + roleAt)
  const id = readServerId(view, idStart, addressStart)
  if (id === undefined) return serverIdFault("the id of a member", idStart)
  const address = readText(view, addressStart, storageIdStart)
  if (address === undefined) return textFault("the address", id, addressStart)
  const storageId = readText(view, storageIdStart, extensionStart)
  if (storageId === undefined) return textFault("the storage id", id, storageIdStart)
  const priority = view.getInt32(start + priorityAt)
  const extension = new Uint8Array(view.buffer.slice(extensionStart, extensionEnd))
  return ok({ id, role, priority, address, storageId, extension })
}

const roleOfCode = (code: number): MemberRole | undefined => {
  switch (code) {
    case memberRoles.Voter:
      return "Voter"
    case memberRoles.Learner:
      return "Learner"
    default:
      return undefined
  }
}

const roleFault = (view: DataView, at: number): DecodeError => {
  const code = view.getUint8(at)
  return code === memberRoles.Witness
    ? decodeError("ReservedKind", at, "a member is a witness, which needs a later version")
    : decodeError("UnknownKind", at, `no version of this format has members of role ${code}`)
}

const textFault = (field: string, id: ServerId, at: number): DecodeError =>
  decodeError("InvalidText", at, `${field} of member ${id} is not well-formed UTF-8`)

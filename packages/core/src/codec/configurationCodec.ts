/**
 * Configurations as bytes (§6), for snapshots and log entries.
 *
 * Joint ones came later, in fields that were reserved and had to be zero: who
 * knows nothing of them refuses them, because they change who decides.
 *
 * A configuration and each of its members may end in optional fields. A server
 * that skips one loses it when it writes the configuration again, so no
 * optional field may ever change who votes.
 */
import type { Configuration, Member, MemberRole, Voter } from "../configuration.ts"
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

/** Where the fields of a configuration start; its version comes first, its members after these, then the outgoing voters. */
const flagsAt = 1
const outgoingCountAt = 2
const lengthAt = 4
const memberCountAt = 8
const headerBytes = 12

/** The one flag: a joint configuration that its leader leaves by itself. */
const autoLeaveFlag = 1

/** Where the fields of a member start; its length comes first, its id, texts and extension after these. */
const idLengthAt = 4
const roleAt = 5
const priorityAt = 6
const addressLengthAt = 10
const storageIdLengthAt = 12
const extensionLengthAt = 14
const memberHeaderBytes = 18

const noMembers: ReadonlyArray<Voter> = []

/** The bytes of a configuration, in a buffer of their own. */
export const encodeConfiguration = ({ members, outgoing }: Configuration): Uint8Array => {
  const before = outgoing?.members ?? noMembers
  const length = headerBytes + memberBytes(members) + memberBytes(before)
  invariant(length <= u32Max, "the length of a configuration fits its field")
  invariant(before.length <= u16Max, "the number of outgoing voters fits its field")
  invariant(outgoing === undefined || before.length > 0, "a joint configuration has outgoing voters")
  invariant(before.every(isVoting), "who is outgoing votes")
  invariant(haveDifferentIds(members) && haveDifferentIds(before), "members have different ids")
  const target = targetOf(new ArrayBuffer(length))
  target.view.setUint8(0, wireVersion)
  target.view.setUint8(flagsAt, outgoing?.autoLeave === true ? autoLeaveFlag : 0)
  target.view.setUint16(outgoingCountAt, before.length)
  target.view.setUint32(lengthAt, length)
  target.view.setUint32(memberCountAt, members.length)
  let at = headerBytes
  for (const member of members) at = writeMember(target, at, member)
  for (const member of before) at = writeMember(target, at, member)
  return target.bytes
}

const isVoting = (member: Member): member is Voter => member.role === "Voter"

const haveDifferentIds = (members: ReadonlyArray<Member>): boolean =>
  new Set(members.map(({ id }) => id)).size === members.length

const memberBytes = (members: ReadonlyArray<Member>): number =>
  members.reduce((sum, member) => sum + memberLength(member), 0)

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
  const outgoingCount = view.getUint16(start + outgoingCountAt)
  const needed = headerBytes + (count + outgoingCount) * (memberHeaderBytes + 1)
  if (needed > end - start) {
    return truncated(`a configuration of ${count + outgoingCount} members`, { start, end, needed })
  }

  const incoming = readMembers(view, { start: start + headerBytes, end, count })
  if (incoming._tag === "DecodeError") return incoming
  const { members } = incoming.value
  const before = readMembers(view, { start: incoming.value.end, end, count: outgoingCount })
  if (before._tag === "DecodeError") return before
  const voters = before.value.members.filter(isVoting)
  if (voters.length < outgoingCount) return outgoingFault(view, incoming.value.end)
  const fieldsFault = optionalFieldsFault(view, before.value.end, end)
  if (fieldsFault !== undefined) return fieldsFault
  if (outgoingCount === 0) return ok({ members })
  const autoLeave = view.getUint8(start + flagsAt) === autoLeaveFlag
  return ok({ members, outgoing: { members: voters, autoLeave } })
}

/** Members in a row, as many as were announced, and where they end. */
interface Members {
  readonly members: ReadonlyArray<Member>
  readonly end: number
}

interface MembersPlace {
  readonly start: number
  readonly end: number
  readonly count: number
}

const readMembers = (view: DataView, { start, end, count }: MembersPlace): Decoded<Members> => {
  const members: Array<Member> = []
  const ids = new Set<ServerId>()
  let at = start
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
  return ok({ members, end: at })
}

/** Of outgoing voters from `start` on, one has another role. */
const outgoingFault = (view: DataView, start: number): DecodeError => {
  let at = start
  while (view.getUint8(at + roleAt) === memberRoles.Voter) at += view.getUint32(at)
  return decodeError("UnknownKind", at + roleAt, "an outgoing voter has another role than that of a voter")
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

  const flags = view.getUint8(start + flagsAt)
  if (flags > autoLeaveFlag) {
    return decodeError("ReservedField", start + flagsAt, `no version of this format has the flags ${flags}`)
  }
  if (flags === autoLeaveFlag && view.getUint16(start + outgoingCountAt) === 0) {
    const text = "a configuration that is not joint says who leaves the joint one"
    return decodeError("ReservedField", start + flagsAt, text)
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

/**
 * From one configuration to the next (§6, thesis §4.1–4.3): which changes there
 * are, and which are refused whatever the log says.
 *
 * A configuration that this file gives shares a server between each of its
 * quorums and each quorum of the one it came from. That servers catch up before
 * they vote, and that one change is committed before the next, is not its business.
 */
import { encodedTextLength } from "./codec/text.ts"
import type { Configuration, Member, Voter } from "./configuration.ts"
import { isServerId, type ServerId } from "./ids.ts"

/** What happens to one server. `Update` leaves what it does not name; a member's id and role are not its to change. */
export type MemberChange =
  | { readonly _tag: "Add"; readonly member: Member }
  | { readonly _tag: "Remove"; readonly id: ServerId }
  | { readonly _tag: "Promote"; readonly id: ServerId }
  | { readonly _tag: "Demote"; readonly id: ServerId }
  | ({ readonly _tag: "Update"; readonly id: ServerId } & Partial<Omit<Member, "id" | "role">>)

export type ConfigurationChange =
  /** At once: at most one server starts or stops voting. */
  | { readonly _tag: "Simple"; readonly changes: ReadonlyArray<MemberChange> }
  /** Any change, through a joint configuration that `LeaveJoint` ends; by the leader itself with `autoLeave`. */
  | {
      readonly _tag: "EnterJoint"
      readonly changes: ReadonlyArray<MemberChange>
      readonly autoLeave: boolean
    }
  | { readonly _tag: "LeaveJoint" }

export type ConfigurationFault =
  /** Nobody would be left to decide anything. */
  | "NoVoters"
  /** An id stands twice, so that one server would be both voter and learner, or have two votes. */
  | "DuplicateMember"
  /** A field does not fit the wire format, or a role is reserved. */
  | "InvalidMember"

export type ChangeRefusal =
  | ConfigurationFault
  | "AlreadyMember"
  | "UnknownMember"
  | "AlreadyVoter"
  | "AlreadyLearner"
  /** Two changes name the same server: their order would decide. */
  | "NamedTwice"
  /** A voter of another storage is another voter: it has none of the votes and entries it gave its word for. */
  | "StorageOfVoter"
  /** Two servers would start or stop voting at once, which takes a joint configuration. */
  | "MoreThanOneVoter"
  /** A joint configuration has to end before anything else changes. */
  | "AlreadyJoint"
  | "NotJoint"
  | "NothingToChange"

export interface ConfigurationChanged {
  readonly _tag: "Ok"
  readonly configuration: Configuration
}

/** Why there is no such configuration. The reason is for programs, the text for the operator who asked. */
export interface ConfigurationChangeError<Reason extends ChangeRefusal = ChangeRefusal> {
  readonly _tag: "ConfigurationChangeError"
  readonly reason: Reason
  /** The server that it is about, if it is about one. */
  readonly id: ServerId | undefined
  readonly text: string
}

/** The configuration after a change, or why it is refused. Changes of one request name different servers, so their order means nothing. */
export const changeConfiguration = (
  configuration: Configuration,
  change: ConfigurationChange
): ConfigurationChanged | ConfigurationChangeError => {
  if (change._tag === "LeaveJoint") return leaveJoint(configuration)
  if (configuration.outgoing !== undefined) {
    return refused("AlreadyJoint", undefined, "the configuration is joint: it has to be left first")
  }
  const next = changedMembers(configuration, change.changes)
  if (next._tag === "ConfigurationChangeError") return next
  switch (change._tag) {
    case "Simple":
      return movedVoters(configuration, next.configuration) > 1
        ? refused(
            "MoreThanOneVoter",
            undefined,
            "more than one vote changes: that takes a joint configuration"
          )
        : next
    case "EnterJoint":
      return changed({
        ...next.configuration,
        outgoing: { members: configuration.members.filter(isVoting), autoLeave: change.autoLeave }
      })
  }
}

/** The simplest change that does all this: a joint configuration, left by itself, only where one step would be unsafe. */
export const changeFor = (
  configuration: Configuration,
  changes: ReadonlyArray<MemberChange>
): ConfigurationChange => {
  const simple: ConfigurationChange = { _tag: "Simple", changes }
  const tried = changeConfiguration(configuration, simple)
  return tried._tag === "ConfigurationChangeError" && tried.reason === "MoreThanOneVoter"
    ? { _tag: "EnterJoint", changes, autoLeave: true }
    : simple
}

/** What makes a simple configuration unfit to run with, if anything: for what people write, such as the first one. */
export const configurationFault = ({
  members
}: Configuration): ConfigurationChangeError<ConfigurationFault> | undefined => {
  const ids = new Set<ServerId>()
  for (const member of members) {
    if (ids.has(member.id)) return refused("DuplicateMember", member.id, `${member.id} stands twice`)
    ids.add(member.id)
    const fault = memberFault(member)
    if (fault !== undefined) return refused("InvalidMember", member.id, fault)
  }
  return members.some(isVoting) ? undefined : refused("NoVoters", undefined, "no voter is left")
}

const changed = (configuration: Configuration): ConfigurationChanged => ({ _tag: "Ok", configuration })

const refused = <Reason extends ChangeRefusal>(
  reason: Reason,
  id: ServerId | undefined,
  text: string
): ConfigurationChangeError<Reason> => ({ _tag: "ConfigurationChangeError", reason, id, text })

const isVoting = (member: Member): member is Voter => member.role === "Voter"

const leaveJoint = ({ members, outgoing }: Configuration): ConfigurationChanged | ConfigurationChangeError =>
  outgoing === undefined
    ? refused("NotJoint", undefined, "the configuration is not joint: there is nothing to leave")
    : changed({ members })

const changedMembers = (
  { members }: Configuration,
  changes: ReadonlyArray<MemberChange>
): ConfigurationChanged | ConfigurationChangeError => {
  if (changes.length === 0) return refused("NothingToChange", undefined, "a change names at least one server")
  const named = new Set<ServerId>()
  let next = members
  for (const change of changes) {
    const id = change._tag === "Add" ? change.member.id : change.id
    if (named.has(id)) return refused("NamedTwice", id, `two changes name ${id}`)
    named.add(id)
    const member = next.find((candidate) => candidate.id === id)
    const refusal = changeRefusal(member, change)
    if (refusal !== undefined) return refused(refusal, id, refusalTexts[refusal](id))
    next = withChange(next, change)
  }
  return configurationFault({ members: next }) ?? changed({ members: next })
}

/** What forbids this change to this member, if anything. */
const changeRefusal = (
  member: Member | undefined,
  change: MemberChange
): keyof typeof refusalTexts | undefined => {
  if (change._tag === "Add") return member === undefined ? undefined : "AlreadyMember"
  if (member === undefined) return "UnknownMember"
  switch (change._tag) {
    case "Remove":
      return undefined
    case "Promote":
      return isVoting(member) ? "AlreadyVoter" : undefined
    case "Demote":
      return isVoting(member) ? undefined : "AlreadyLearner"
    case "Update": {
      const { storageId = member.storageId } = change
      const keeps = storageId === member.storageId || member.storageId === ""
      return isVoting(member) && !keeps ? "StorageOfVoter" : undefined
    }
  }
}

const refusalTexts = {
  AlreadyMember: (id: ServerId) => `${id} is a member already`,
  UnknownMember: (id: ServerId) => `${id} is no member`,
  AlreadyVoter: (id: ServerId) => `${id} is a voter already`,
  AlreadyLearner: (id: ServerId) => `${id} is a learner already`,
  StorageOfVoter: (id: ServerId) =>
    `${id} votes with the storage it has: demote it first, or remove it and add it again`
}

const withChange = (members: ReadonlyArray<Member>, change: MemberChange): ReadonlyArray<Member> => {
  switch (change._tag) {
    case "Add":
      return [...members, change.member]
    case "Remove":
      return members.filter(({ id }) => id !== change.id)
    case "Promote":
      return members.map((member) => (member.id === change.id ? { ...member, role: "Voter" } : member))
    case "Demote":
      return members.map((member) => (member.id === change.id ? { ...member, role: "Learner" } : member))
    case "Update":
      return members.map((member) => (member.id === change.id ? updated(member, change) : member))
  }
}

/** Field by field, so that nothing else that stands in a request gets into a configuration. */
const updated = (member: Member, change: Extract<MemberChange, { readonly _tag: "Update" }>): Member => ({
  id: member.id,
  role: member.role,
  priority: change.priority ?? member.priority,
  address: change.address ?? member.address,
  storageId: change.storageId ?? member.storageId,
  extension: change.extension ?? member.extension
})

/** How many servers vote in one of these and not in the other. */
const movedVoters = (before: Configuration, after: Configuration): number =>
  votersOnlyIn(before, after) + votersOnlyIn(after, before)

const votersOnlyIn = (one: Configuration, other: Configuration): number => {
  const others = new Set(other.members.filter(isVoting).map(({ id }) => id))
  return one.members.filter((member) => isVoting(member) && !others.has(member.id)).length
}

const textBytesMax = 0xffff

/** Why a member cannot be written down, in a sentence; the codec asserts the same. */
const memberFault = ({ address, id, priority, role, storageId }: Member): string | undefined => {
  if (!isServerId(id)) return 'an id has 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-"'
  if (role === "Witness") return `${id} has a role that is reserved`
  if ((priority | 0) !== priority) return `the priority of ${id} is no 32-bit integer`
  if (!isShortText(address)) return `the address of ${id} is no text of at most ${textBytesMax} bytes`
  if (!isShortText(storageId)) return `the storage id of ${id} is no text of at most ${textBytesMax} bytes`
  return undefined
}

const isShortText = (text: string): boolean => text.isWellFormed() && encodedTextLength(text) <= textBytesMax

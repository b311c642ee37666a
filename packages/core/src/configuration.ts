/**
 * Who belongs to the cluster (§6, as a value; thesis §4.3 for joint ones).
 *
 * A joint configuration is the one to come and, beside it, the voters of the
 * one before. No member can be voter and learner within a half, and who stops
 * voting is simply not a voter of the half to come.
 */
import type { ServerId } from "./ids.ts"

/** Only voters count in a quorum. A learner has the log sent to it; `Witness` has its name reserved. */
export type MemberRole = "Voter" | "Learner" | "Witness"

/** A server as the configuration describes it. */
export interface Member {
  readonly id: ServerId
  readonly role: MemberRole
  /** Preference as a leader, higher first: the others wait longer before they campaign. */
  readonly priority: number
  /** Where its transport listens; meaningless to core. */
  readonly address: string
  /** The storage it must return with; empty when storage is not pinned. */
  readonly storageId: string
  /** For the application; opaque to the library. */
  readonly extension: Uint8Array
}

/** A member whose vote counts. */
export interface Voter extends Member {
  readonly role: "Voter"
}

/** The half of a joint configuration that ends with it. */
export interface Outgoing {
  /** The voters of the configuration before, as they stood there; never empty. */
  readonly members: ReadonlyArray<Voter>
  /** Whether the leader ends the joint configuration by itself, once it is committed. */
  readonly autoLeave: boolean
}

/** The servers whose majority decides. */
export interface Configuration {
  /** Everybody; in a joint configuration, everybody in the half to come. Ids differ. */
  readonly members: ReadonlyArray<Member>
  /** Only in a joint configuration, where every decision needs a majority of these voters too. */
  readonly outgoing?: Outgoing
}

const noExtension = new Uint8Array(0)

type Rest = Partial<Omit<Member, "id" | "role">>

/** A voting member with defaults for everything but its id. */
export const voter = (id: ServerId, rest: Rest = {}): Voter => ({
  id,
  role: "Voter",
  priority: rest.priority ?? 0,
  address: rest.address ?? "",
  storageId: rest.storageId ?? "",
  extension: rest.extension ?? noExtension
})

/** A member without a vote, with defaults for everything but its id. */
export const learner = (id: ServerId, rest: Rest = {}): Member => ({ ...voter(id, rest), role: "Learner" })

/** A configuration in which every listed server votes. */
export const ofVoters = (ids: ReadonlyArray<ServerId>): Configuration => ({
  members: ids.map((id) => voter(id))
})

/** Whether two majorities decide. */
export const isJoint = (configuration: Configuration): boolean => configuration.outgoing !== undefined

/** Everybody who gets the log: all members, then the voters that leave when a joint configuration ends. */
export const servers = (configuration: Configuration): ReadonlyArray<Member> => {
  const { members, outgoing } = configuration
  if (outgoing === undefined) return members
  const leaving = outgoing.members.filter(({ id }) => among(members, id) === undefined)
  return leaving.length === 0 ? members : [...members, ...leaving]
}

/** The server of this id among `servers`; what the half to come says of it goes first. */
export const find = (configuration: Configuration, id: ServerId): Member | undefined =>
  among(configuration.members, id) ?? outgoingVoter(configuration, id)

/** Whether this server's vote counts, in whichever half. */
export const isVoter = (configuration: Configuration, id: ServerId): boolean =>
  among(configuration.members, id)?.role === "Voter" || outgoingVoter(configuration, id) !== undefined

/** Whether this server is a member whose vote counts in no half. A voter that is to be a learner is not one yet. */
export const isLearner = (configuration: Configuration, id: ServerId): boolean =>
  find(configuration, id)?.role === "Learner" && outgoingVoter(configuration, id) === undefined

/** Whose vote counts, in whichever half. */
export const voters = (configuration: Configuration): ReadonlyArray<ServerId> => idsOf(configuration, isVoter)

/** Who has the log sent to it and no vote in any half. */
export const learners = (configuration: Configuration): ReadonlyArray<ServerId> =>
  idsOf(configuration, isLearner)

/** How many voters are preferred to this server as leaders. */
export const votersPreferredTo = (configuration: Configuration, id: ServerId): number => {
  const own = find(configuration, id)?.priority ?? 0
  let preferred = 0
  for (const { priority, role } of configuration.members) if (role === "Voter" && priority > own) preferred++
  return preferred
}

const idsOf = (
  configuration: Configuration,
  isMeant: (configuration: Configuration, id: ServerId) => boolean
): ReadonlyArray<ServerId> =>
  servers(configuration)
    .map(({ id }) => id)
    .filter((id) => isMeant(configuration, id))

const outgoingVoter = ({ outgoing }: Configuration, id: ServerId): Voter | undefined =>
  outgoing === undefined ? undefined : among(outgoing.members, id)

const among = <M extends Member>(members: ReadonlyArray<M>, id: ServerId): M | undefined => {
  for (const member of members) if (member.id === id) return member
  return undefined
}

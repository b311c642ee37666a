/**
 * Who belongs to the cluster (§6, as a value).
 */
import type { ServerId } from "./ids.ts"

/** Only voters count in a quorum. `Learner` has its place in the format; `Witness` has its name reserved. */
export type MemberRole = "Voter" | "Learner" | "Witness"

/** A server as the configuration describes it. */
export interface Member {
  readonly id: ServerId
  readonly role: MemberRole
  /** Preference as a leader, higher first. Carried, and ignored until elections know priorities. */
  readonly priority: number
  /** Where its transport listens; meaningless to core. */
  readonly address: string
  /** The storage it must return with; empty when storage is not pinned. */
  readonly storageId: string
  /** For the application; opaque to the library. */
  readonly extension: Uint8Array
}

/** The servers whose majority decides. */
export interface Configuration {
  readonly members: ReadonlyArray<Member>
}

const noExtension = new Uint8Array(0)

/** A voting member with defaults for everything but its id. */
export const voter = (id: ServerId, rest: Partial<Omit<Member, "id" | "role">> = {}): Member => ({
  id,
  role: "Voter",
  priority: rest.priority ?? 0,
  address: rest.address ?? "",
  storageId: rest.storageId ?? "",
  extension: rest.extension ?? noExtension
})

/** A configuration in which every listed server votes. */
export const ofVoters = (ids: ReadonlyArray<ServerId>): Configuration => ({
  members: ids.map((id) => voter(id))
})

export const find = (configuration: Configuration, id: ServerId): Member | undefined =>
  configuration.members.find((member) => member.id === id)

export const isVoter = (configuration: Configuration, id: ServerId): boolean =>
  find(configuration, id)?.role === "Voter"

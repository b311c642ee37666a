/**
 * Configurations as sets of names, and changes of them as etcd describes them: a learner of the half to come
 * that is a voter of the other one has its place in a set of its own.
 */
import type { Configuration } from "../../src/configuration.ts"
import type { ChangeRefusal, ConfigurationChange, MemberChange } from "../../src/configurationChange.ts"

export interface Naive {
  readonly incoming: ReadonlyArray<string>
  readonly outgoing: ReadonlyArray<string>
  readonly learners: ReadonlyArray<string>
  readonly learnersNext: ReadonlyArray<string>
  readonly autoLeave: boolean
}

const made = (
  incoming: ReadonlyArray<string>,
  learners: ReadonlyArray<string>,
  joint?: { readonly outgoing: ReadonlyArray<string>; readonly autoLeave: boolean }
): Naive => {
  const outgoing = joint?.outgoing ?? []
  return {
    incoming: incoming.toSorted(),
    outgoing: outgoing.toSorted(),
    learners: learners.filter((id) => !outgoing.includes(id)).toSorted(),
    learnersNext: learners.filter((id) => outgoing.includes(id)).toSorted(),
    autoLeave: joint?.autoLeave ?? false
  }
}

export const naiveOf = ({ members, outgoing }: Configuration): Naive =>
  made(
    members.filter(({ role }) => role === "Voter").map(({ id }) => id),
    members.filter(({ role }) => role === "Learner").map(({ id }) => id),
    outgoing && { outgoing: outgoing.members.map(({ id }) => id), autoLeave: outgoing.autoLeave }
  )

/** The configuration after a change that concerns names alone, or the reason for which it is refused. */
export const naiveChange = (before: Naive, change: ConfigurationChange): Naive | ChangeRefusal => {
  const isJoint = before.outgoing.length > 0
  if (change._tag === "LeaveJoint") {
    return isJoint ? made(before.incoming, [...before.learners, ...before.learnersNext]) : "NotJoint"
  }
  if (isJoint) return "AlreadyJoint"
  if (change.changes.length === 0) return "NothingToChange"
  const voters = new Set(before.incoming)
  const learners = new Set(before.learners)
  const named: Array<string> = []
  for (const each of change.changes) {
    const id = each._tag === "Add" ? each.member.id : each.id
    if (named.includes(id)) return "NamedTwice"
    named.push(id)
    const refusal = move(voters, learners, each)
    if (refusal !== undefined) return refusal
  }
  if (voters.size === 0) return "NoVoters"
  if (change._tag === "EnterJoint") {
    return made([...voters], [...learners], { outgoing: before.incoming, autoLeave: change.autoLeave })
  }
  const moved = [...voters, ...before.incoming].filter(
    (id) => voters.has(id) !== before.incoming.includes(id)
  )
  return moved.length > 1 ? "MoreThanOneVoter" : made([...voters], [...learners])
}

const move = (
  voters: Set<string>,
  learners: Set<string>,
  change: MemberChange
): ChangeRefusal | undefined => {
  const id = change._tag === "Add" ? change.member.id : change.id
  const isVoter = voters.has(id)
  const isMember = isVoter || learners.has(id)
  if (isMember === (change._tag === "Add")) return isMember ? "AlreadyMember" : "UnknownMember"
  if (change._tag === "Promote" && isVoter) return "AlreadyVoter"
  if (change._tag === "Demote" && !isVoter) return "AlreadyLearner"
  if (change._tag === "Update") return undefined
  voters.delete(id)
  learners.delete(id)
  if (change._tag === "Promote") voters.add(id)
  if (change._tag === "Demote") learners.add(id)
  if (change._tag === "Add") (change.member.role === "Voter" ? voters : learners).add(id)
  return undefined
}

import type { Entry } from "../../src/entry.ts"
import type { ProposalAnswer } from "../../src/output.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * A command is in the log at one place or at none, whoever forwarded it how often; who is told a place finds it
 * there, who is told "nowhere" never does, and nobody is told anything twice, or too late.
 *
 * Looks at entries and answers alone.
 */
export const proposalsAreAnsweredTruly = (): Observer => {
  const places = new Map<string, string>()
  const nowhere = new Set<string>()
  const answered = new Set<number>()

  const appended = ({ index, kind, payload, term }: Entry): void => {
    if (kind !== "Command") return
    const command = nameOf(payload)
    const place = `${index}:${term}`
    const first = places.get(command) ?? place
    check(first === place, property, () => `command ${command} is appended at ${first} and at ${place}`)
    check(
      !nowhere.has(command),
      property,
      () => `command ${command} is appended at ${place}, after "nowhere"`
    )
    places.set(command, place)
  }

  const told = (answer: ProposalAnswer): void => {
    const command = nameOf([answer.id & 255, (answer.id >> 8) & 255])
    check(!answered.has(answer.id), property, () => `command ${command} is answered twice`)
    answered.add(answer.id)
    switch (answer._tag) {
      case "Appended": {
        const place = `${answer.index}:${answer.term}`
        const stands = places.get(command)
        check(stands === place, property, () => `command ${command} is said to be at ${place}, not ${stands}`)
        return
      }
      case "NotLeader":
      case "Overloaded":
        nowhere.add(command)
        check(
          !places.has(command),
          property,
          () => `command ${command} is said to be nowhere, and is somewhere`
        )
        return
      case "Unknown":
        return
    }
  }

  return {
    stepped: ({ after, cluster, event, host, outputs }) => {
      // Only then every command is another one.
      if (!cluster.forwards) return
      for (const output of outputs) if (output._tag === "Write") output.entries.forEach(appended)
      for (const output of outputs) if (output._tag === "AnswerProposals") output.answers.forEach(told)
      if (event._tag !== "TimeAdvanced") return
      const isLate = after.reads.forwards.open.some(({ deadline }) => deadline <= after.now)
      check(!isLate, property, () => `${host.id} leaves a forwarded command unanswered beyond its time`)
    }
  }
}

const property = "ProposalsAreAnsweredTruly"

const nameOf = (payload: ArrayLike<number>): string => `${payload[0]! + 256 * payload[1]!}`

/**
 * Goal: what reads make of clocks is tried in simulated runs, and a lease that counts from the wrong time is found.
 *
 * Method: count what the reducer answers in runs that were drawn; then a reducer that dates a promise by its arrival,
 * in runs whose leaders stand still just after a round of heartbeats, cut off when they come back.
 */
import { type ReadAnswer, step as real, type Transition } from "@effect-raft/core"
import { assert, describe, it } from "vitest"
import { drawPlan, type Plan, simulate, type Step } from "../../src/simulation/simulation.ts"

/** Leaders stand still, hear at once upon waking what had answered them, and nothing else for a while. */
const standstills = (seed: number): Plan => {
  const drawn = drawPlan(seed, { servers: 3, faults: "none" })
  const { electionTimeoutMax } = drawn.options
  const times = Array.from(
    { length: 12 },
    (_, number) => 1_000 + number * 5 * electionTimeoutMax + 7 * number
  )
  return {
    ...drawn,
    millis: times.at(-1)! + 6 * electionTimeoutMax,
    options: { ...drawn.options, checkQuorum: true, preVote: true, noOp: true, clockDriftBound: 0.01 },
    workload: {
      ...drawn.workload,
      clients: 12,
      thinkMax: 5,
      readsPerMille: 1_000,
      readsAnywherePerMille: 1_000
    },
    schedule: times.flatMap((at) => [
      { at, lasts: 2 * electionTimeoutMax, fault: "pause", servers: [-1], amount: 0 },
      { at: at + 20, lasts: 3 * electionTimeoutMax, fault: "leaderAlone", servers: [-1], amount: 0 }
    ])
  }
}

/** A promise counts from when it arrives (B23). */
const datedByArrival: Step = (server, event) => {
  const [after, outputs] = real(server, event)
  const { role } = after
  if (event._tag !== "MessageReceived" || role._tag !== "Leader") return [after, outputs]
  const { message } = event
  if (message._tag !== "HeartbeatResponse" || message.promise === undefined) return [after, outputs]
  const until = after.now + message.promise / 1.01
  const pledges = role.contact.pledges.map((pledge) =>
    pledge.id === message.from ? { ...pledge, until } : pledge
  )
  return [{ ...after, role: { ...role, contact: { ...role.contact, pledges } } }, outputs]
}

const findingIn = (plan: Plan, step: Step) =>
  simulate({ ...plan, checkers: ["ReadsSeeCommitted"] }, { step }).finding?.property

describe("reads that rely on clocks", { timeout: 60_000 }, () => {
  it("a leader that stood still does not read by answers that waited for it", () => {
    for (let seed = 1; seed <= 8; seed++) assert.isUndefined(findingIn(standstills(seed), real))
  })

  it("§6.4.1 a lease that counts from the arrival of promises is found (B23)", () => {
    const seeds = Array.from({ length: 8 }, (_, position) => position + 1)
    const found = seeds.map((seed) => findingIn(standstills(seed), datedByArrival))
    assert.include(found, "ReadsSeeCommitted")
  })

  it("drawn runs answer by leases, and reads of bounded staleness in both ways", () => {
    const total = { leases: 0, fresh: 0, tooStale: 0 }
    const count = (answers: ReadonlyArray<ReadAnswer>, isLease: boolean): void => {
      for (const { _tag, id } of answers) {
        if (_tag === "TooStale") total.tooStale++
        else if (_tag === "Ready" && id < 0) total.fresh++
        else if (_tag === "Ready" && isLease) total.leases++
      }
    }
    const counting: Step = (server, event): Transition => {
      const transition = real(server, event)
      // Answered in the step that asked for it: nobody else was asked.
      const isLease =
        event._tag === "ReadRequested" &&
        event.consistency?._tag === "Lease" &&
        server.configuration.members.length > 1
      for (const output of transition[1]) if (output._tag === "AnswerReads") count(output.answers, isLease)
      return transition
    }
    for (let seed = 1; seed <= 15; seed++) {
      assert.isUndefined(simulate(drawPlan(seed), { step: counting }).finding)
    }
    assert.isAbove(total.leases, 300)
    assert.isAbove(total.fresh, 300)
    assert.isAbove(total.tooStale, 300)
  })
})

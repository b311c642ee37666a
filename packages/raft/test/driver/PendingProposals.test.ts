import { logIndex, serverId, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Exit } from "effect"
import { PendingProposals } from "../../src/driver/PendingProposals.ts"
import { assertFields } from "../support/assertFields.ts"
import { NotLeader, OutcomeUnknown, Overloaded, Stopped, Superseded } from "../../src/index.ts"

const timeout = 1_000
const timeoutOnceLost = 300
const command = new Uint8Array([1])

/** Proposals under test, and how each ended. */
const make = () => {
  const succeeded: Array<number> = []
  const pending = new PendingProposals({
    server: "s0",
    timeout,
    timeoutOnceLost,
    succeeded: (steppedAt) => void succeeded.push(steppedAt)
  })
  const ends = new Map<number, Array<unknown>>()
  const add = (): number => {
    const id: number = pending.add(command, (exit) => {
      const error: unknown = Exit.isFailure(exit) ? exit.cause.reasons[0] : exit.value
      ends.set(id, [...(ends.get(id) ?? []), Exit.isFailure(exit) ? errorIn(error) : error])
    })
    return id
  }
  const append = (id: number, index: number, of = 1) =>
    pending.answered({ _tag: "Appended", id, index: logIndex(index), term: term(of) })
  return { pending, ends, add, append, succeeded }
}

const errorIn = (reason: unknown): unknown => (reason as { readonly error: unknown }).error

/** It ended once, as unknown, with these fields. */
const assertEnd = (ends: ReadonlyArray<unknown> | undefined, fields: Readonly<Record<string, unknown>>) => {
  assert.lengthOf(ends ?? [], 1)
  const unknown = ends?.[0]
  assert.instanceOf(unknown, OutcomeUnknown)
  assertFields(unknown, fields)
}

/** Nothing is kept of anybody. */
const assertEmpty = (pending: PendingProposals) => {
  assert.strictEqual(pending.size, 0)
  assert.strictEqual(pending.deadline, Infinity)
  assert.deepStrictEqual(pending.takeUnstepped(0), [])
  for (let index = 0; index < 20; index++) assert.isFalse(pending.awaits(index), `index ${index}`)
}

describe("pending proposals", () => {
  it("go to the reducer once, as one batch, in the order they were made", () => {
    const { add, pending } = make()
    const ids = [add(), add(), add()]
    assert.deepStrictEqual(
      pending.takeUnstepped(0).map(({ id }) => id),
      ids
    )
    assert.deepStrictEqual(pending.takeUnstepped(0), [])
    assert.strictEqual(pending.size, 3)
  })

  it("end with the result of their index and term, and leave nothing", () => {
    const { add, append, ends, pending, succeeded } = make()
    const id = add()
    pending.takeUnstepped(7)
    append(id, 3)
    assert.isTrue(pending.awaits(3))
    pending.applied(3, 1, "result")
    assert.deepStrictEqual(ends.get(id), ["result"])
    assert.deepStrictEqual(succeeded, [7])
    assertEmpty(pending)
  })

  it("are superseded when another term's entry stands at their index", () => {
    const { add, append, ends, pending, succeeded } = make()
    const [first, second] = [add(), add()]
    pending.takeUnstepped(0)
    append(first, 3, 1)
    append(second, 3, 2)
    pending.applied(3, 2, "result")
    const [superseded] = ends.get(first)!
    assert.instanceOf(superseded, Superseded)
    assert.deepStrictEqual([superseded.index, superseded.term], [3, 1])
    assert.deepStrictEqual(ends.get(second), ["result"])
    assert.lengthOf(succeeded, 1)
    assertEmpty(pending)
  })

  it("at one index do not depend on each other: one is withdrawn, the other gets its answer", () => {
    const { add, append, ends, pending } = make()
    const ids = [add(), add(), add()]
    pending.takeUnstepped(0)
    ids.forEach((id, position) => append(id, 3, position + 1))
    pending.withdraw(ids[0]!)
    assert.isTrue(pending.awaits(3))
    pending.applied(3, 3, "result")
    assert.deepStrictEqual([...ends.keys()], ids.slice(1))
    assertEmpty(pending)
  })

  it("are refused with the hint of the leader, or as too many", () => {
    const { add, ends, pending } = make()
    const [first, second] = [add(), add()]
    pending.takeUnstepped(0)
    pending.answered({ _tag: "NotLeader", id: first, leaderId: serverId("s2") })
    pending.answered({ _tag: "Overloaded", id: second })
    const [refused] = ends.get(first)!
    assert.instanceOf(refused, NotLeader)
    assert.strictEqual(refused.leader, "s2")
    assert.instanceOf(ends.get(second)?.[0], Overloaded)
    assertEmpty(pending)
  })

  it("are withdrawn before the reducer sees them, without a trace", () => {
    const { add, ends, pending } = make()
    const [first, second] = [add(), add()]
    pending.withdraw(first)
    assert.deepStrictEqual(
      pending.takeUnstepped(0).map(({ id }) => id),
      [second]
    )
    pending.withdraw(second)
    assert.strictEqual(ends.size, 0)
    assertEmpty(pending)
  })

  it("are withdrawn after they were appended, and what is answered later is for nobody", () => {
    const { add, append, ends, pending } = make()
    const [first, second] = [add(), add()]
    pending.takeUnstepped(0)
    append(first, 3)
    append(second, 4)
    pending.withdraw(first)
    assert.isFalse(pending.awaits(3))
    pending.applied(3, 1, "nobody's")
    pending.withdraw(first)
    pending.applied(4, 1, "result")
    assert.deepStrictEqual([...ends], [[second, ["result"]]])
    assertEmpty(pending)
  })

  it("time out one by one, counted from the turn that took them, as unknown", () => {
    const { add, append, ends, pending } = make()
    const first = add()
    assert.strictEqual(pending.deadline, Infinity, "no turn has taken it")
    pending.takeUnstepped(10)
    append(first, 3)
    const second = add()
    pending.takeUnstepped(20)
    append(second, 4)

    assert.strictEqual(pending.deadline, 10 + timeout)
    pending.expire(9 + timeout)
    assert.strictEqual(ends.size, 0)
    pending.expire(10 + timeout)
    const [unknown] = ends.get(first)!
    assert.instanceOf(unknown, OutcomeUnknown)
    assertFields(unknown, { index: 3, term: 1, reason: "Timeout" })
    assert.strictEqual(pending.deadline, 20 + timeout)
    assert.isFalse(ends.has(second))
    pending.expire(20 + timeout)
    assertEmpty(pending)
  })

  it("end all at once: unknown where somebody may have appended them, the reason where not", () => {
    const { add, append, ends, pending } = make()
    const [appended, taken] = [add(), add()]
    pending.takeUnstepped(0)
    append(appended, 3)
    const fresh = add()
    const stopped = new Stopped({ server: "s0" })
    pending.endAll("Stopped", stopped)
    const [unknown] = ends.get(appended)!
    assert.instanceOf(unknown, OutcomeUnknown)
    assert.strictEqual(unknown.reason, "Stopped")
    // It was forwarded, or the reducer would have answered it.
    assertEnd(ends.get(taken), { index: 0, reason: "Stopped" })
    assert.deepStrictEqual(ends.get(fresh), [stopped])
    assertEmpty(pending)
  })

  it("may be answered from inside an answer: whoever is resumed may propose or withdraw at once", () => {
    const { add, append, ends, pending } = make()
    let later: number | undefined
    const id = pending.add(command, () => {
      pending.withdraw(second)
      later = add()
    })
    const second = add()
    pending.takeUnstepped(0)
    append(id, 3, 1)
    append(second, 3, 2)
    pending.applied(3, 1, "result")
    assert.deepStrictEqual(
      pending.takeUnstepped(5).map((proposal) => proposal.id),
      [later]
    )
    assert.isFalse(ends.has(later!))
    pending.withdraw(later!)
    assertEmpty(pending)
  })

  it("fifty thousand withdrawals in one turn are no more work each than one", () => {
    const { add, pending } = make()
    const ids = Array.from({ length: 50_000 }, add)
    const startedAt = performance.now()
    for (const id of ids) pending.withdraw(id)
    assert.isBelow(performance.now() - startedAt, 1_000)
    assertEmpty(pending)
  })

  describe("that were forwarded", () => {
    it("have their result although it was applied before their place was known", () => {
      const { add, append, ends, pending, succeeded } = make()
      const [first, second, third] = [add(), add(), add()]
      pending.takeUnstepped(7)
      assert.isTrue(pending.awaits(3))
      pending.applied(3, 1, "three")
      pending.applied(4, 2, "four")
      append(first, 3, 1)
      append(second, 4, 1)
      assert.deepStrictEqual(ends.get(first), ["three"])
      assert.instanceOf(ends.get(second)?.[0], Superseded)
      append(third, 5, 1)
      assert.isFalse(pending.awaits(4))
      pending.applied(5, 1, "five")
      assert.deepStrictEqual(ends.get(third), ["five"])
      assert.deepStrictEqual(succeeded, [7, 7])
      assertEmpty(pending)
    })

    it("are unknown when nobody says, or only when the result is forgotten", () => {
      const { add, append, ends, pending } = make()
      const [unanswered, late, covered] = [add(), add(), add()]
      pending.takeUnstepped(0)
      pending.answered({ _tag: "Unknown", id: unanswered })
      assertEnd(ends.get(unanswered), { index: 0, term: 0, reason: "Forwarded" })
      for (let index = 1; index <= 4_097; index++) pending.applied(index, 1, "result")
      append(late, 1)
      assertEnd(ends.get(late), { index: 1, term: 1, reason: "Forwarded" })
      pending.covered(5_000)
      append(covered, 5_000)
      assertEnd(ends.get(covered), { index: 5_000, reason: "Forwarded" })
      assert.strictEqual(pending.size, 0)
    })

    it("time out although nobody knows their place, and keep nothing of what was applied meanwhile", () => {
      const { add, ends, pending } = make()
      const [first, second] = [add(), add()]
      pending.takeUnstepped(10)
      pending.withdraw(second)
      pending.expire(10 + timeout)
      assertEnd(ends.get(first), { index: 0, reason: "Timeout" })
      assert.isFalse(ends.has(second))
      assertEmpty(pending)
    })
  })

  describe("of a leadership that was lost", () => {
    it("wait as long as another leader may need, and no longer", () => {
      const { add, append, ends, pending } = make()
      const id = add()
      pending.takeUnstepped(0)
      append(id, 4)
      pending.leadershipLost(100)
      assert.strictEqual(pending.deadline, 100 + timeoutOnceLost)
      pending.expire(399)
      assert.isUndefined(ends.get(id))
      pending.expire(400)
      assertEnd(ends.get(id), { index: 4, reason: "LeadershipLost" })
      assertEmpty(pending)
    })

    it("may still have their result until then", () => {
      const { add, append, ends, pending } = make()
      const id = add()
      pending.takeUnstepped(0)
      append(id, 4)
      pending.leadershipLost(100)
      pending.applied(4, 1, "result")
      assert.deepStrictEqual(ends.get(id), ["result"])
      assertEmpty(pending)
    })

    it("never wait longer than others, and time out under that name", () => {
      const { add, append, ends, pending } = make()
      const id = add()
      pending.takeUnstepped(0)
      append(id, 4)
      pending.leadershipLost(900)
      assert.strictEqual(pending.deadline, timeout)
      pending.expire(timeout)
      assertEnd(ends.get(id), { reason: "Timeout" })
    })

    it("do not hurry those of the next leadership, nor does a second loss give the first more time", () => {
      const { add, append, ends, pending } = make()
      const first = add()
      pending.takeUnstepped(0)
      append(first, 4)
      // Made in time, and appended by the next leadership.
      const second = add()
      pending.leadershipLost(100)
      pending.takeUnstepped(100)
      append(second, 5, 3)
      const later = add()
      pending.takeUnstepped(150)
      append(later, 7, 3)
      pending.leadershipLost(200)
      pending.expire(400)
      assertEnd(ends.get(first), { reason: "LeadershipLost" })
      assert.isUndefined(ends.get(second))
      assert.isUndefined(ends.get(later))
      pending.expire(500)
      assertEnd(ends.get(later), { reason: "LeadershipLost", term: 3 })
      const fresh = add()
      pending.takeUnstepped(600)
      append(fresh, 8, 5)
      assert.strictEqual(pending.deadline, 600 + timeout)
    })
  })
})

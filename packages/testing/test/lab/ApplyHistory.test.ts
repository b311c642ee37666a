import { assert, describe, it } from "@effect/vitest"
import { ApplyHistory, bu, type LabProfile, mit, noCommand } from "../../src/index.ts"

const entry = (index: number, command: number | undefined = index * 10) => ({ index, command })

/** Records entries of server 0; gives the first complaint. */
const record = (history: ApplyHistory, ...entries: ReadonlyArray<ReturnType<typeof entry>>) => {
  for (const each of entries) {
    const broken = history.record(0, each)
    if (broken !== undefined) return broken
  }
  return undefined
}

describe.each([mit, bu])("what servers apply, profile $name", (profile) => {
  it("is taken in order", () => {
    const history = new ApplyHistory(3, profile)
    assert.isUndefined(record(history, entry(1), entry(2), entry(3)))
    assert.strictEqual(history.maxIndex, 3)
  })

  it("must have no gap", () => {
    assert.match(record(new ApplyHistory(3, profile), entry(1), entry(3)) ?? "", /out of order/)
    assert.match(record(new ApplyHistory(3, profile), entry(2)) ?? "", /out of order/)
  })

  it("must not differ between servers", () => {
    const history = new ApplyHistory(3, profile)
    history.record(1, entry(1, 7))
    assert.match(record(history, entry(1, 8)) ?? "", /commit index 1: server 0 applied 8, but server 1/)
  })

  it("must not differ between two lives of a server", () => {
    const history = new ApplyHistory(3, profile)
    history.record(0, entry(1, 7))
    history.restart(0)
    assert.match(record(history, entry(1, 8)) ?? "", /commit index 1/)
  })

  it("tells integers from texts", () => {
    const history = new ApplyHistory(3, profile)
    history.record(1, entry(1, 7))
    assert.match(history.record(0, { index: 1, command: "7" }) ?? "", /commit index 1/)
  })

  it("is delivered again from the first index after a restart", () => {
    const history = new ApplyHistory(3, profile)
    record(history, entry(1), entry(2))
    history.restart(0)
    assert.isUndefined(record(history, entry(1), entry(2), entry(3)))
  })

  it("counts one copy for each server", () => {
    const history = new ApplyHistory(3, profile)
    assert.deepStrictEqual(history.committed(1), { count: 0, slot: undefined })
    history.record(0, entry(1))
    history.record(2, entry(1))
    assert.deepStrictEqual(history.committed(1), { count: 2, slot: 10 })
  })
})

/** Server 0 has applied two entries, and begins anew. */
const restarted = (profile: LabProfile): ApplyHistory => {
  const history = new ApplyHistory(3, profile)
  record(history, entry(1), entry(2))
  history.restart(0)
  return history
}

describe("where the profiles differ", () => {
  it("a new life that begins in the middle: mit remembers the lives before it, bu does not", () => {
    const [remembers, forgets] = [restarted(mit), restarted(bu)]
    assert.isUndefined(record(remembers, entry(3)))
    assert.match(record(forgets, entry(3)) ?? "", /out of order/)
  })

  it("an index that comes twice in one life: mit tolerates it, bu does not", () => {
    assert.isUndefined(record(new ApplyHistory(3, mit), entry(1), entry(1)))
    assert.match(record(new ApplyHistory(3, bu), entry(1), entry(1)) ?? "", /out of order/)
  })

  it("copies of a server that restarted: mit counts them, bu waits until they are applied again", () => {
    assert.strictEqual(restarted(mit).committed(1).count, 1)
    assert.strictEqual(restarted(bu).committed(1).count, 0)
  })

  it("an entry without a command: mit ignores it and misses the index, bu counts the slot", () => {
    const gap = new ApplyHistory(3, mit)
    assert.isUndefined(gap.record(0, entry(1)))
    assert.isUndefined(gap.record(0, { index: 2, command: undefined }))
    assert.match(gap.record(0, entry(3)) ?? "", /out of order/)

    const slots = new ApplyHistory(3, bu)
    slots.record(0, entry(1))
    assert.isUndefined(slots.record(0, { index: 2, command: undefined }))
    assert.isUndefined(slots.record(0, entry(3)))
    assert.deepStrictEqual(slots.committed(2), { count: 1, slot: noCommand })
    slots.record(1, entry(1))
    assert.match(slots.record(1, entry(2)) ?? "", /commit index 2/)
  })

  it("index 0, a sentinel: bu allows it as the first, mit does not", () => {
    assert.isUndefined(record(new ApplyHistory(3, bu), entry(0), entry(1)))
    assert.match(record(new ApplyHistory(3, mit), entry(0)) ?? "", /out of order/)
  })
})

describe.each([mit, bu])("a snapshot that a server takes in, profile $name", (profile) => {
  it("stands for all that it holds, and nothing else is known of the server", () => {
    const history = new ApplyHistory(3, profile)
    record(history, entry(1))
    assert.isUndefined(history.install(0, { index: 4, commands: [20, 30, 40] }))
    assert.deepStrictEqual(
      [1, 2, 3, 4].map((index) => history.committed(index).count),
      [0, 1, 1, 1]
    )
    assert.isUndefined(record(history, entry(5)))
    assert.strictEqual(history.maxIndex, 5)
  })

  it("must not differ from what others applied", () => {
    const history = new ApplyHistory(3, profile)
    history.record(1, entry(1, 7))
    assert.match(
      history.install(0, { index: 2, commands: [8, 20] }) ?? "",
      /commit index 1: server 0 applied 8, but server 1/
    )
  })

  it("must not lead back", () => {
    const history = new ApplyHistory(3, profile)
    record(history, entry(1), entry(2), entry(3))
    const older = { index: 2, commands: [10, 20] }
    assert.match(history.install(0, older) ?? "", /server 0 went back to a snapshot at index 2/)
    history.restart(0)
    assert.isUndefined(history.install(0, older))
  })

  it("is followed by the next entry", () => {
    const history = new ApplyHistory(3, profile)
    history.install(0, { index: 2, commands: [10, 20] })
    assert.match(record(history, entry(4)) ?? "", /out of order/)
  })
})

/** Server 0 has taken in a snapshot that holds the last of three entries. */
const afterSnapshot = (rules: Partial<LabProfile>): ApplyHistory => {
  const history = new ApplyHistory(3, { ...mit, ...rules })
  history.install(0, { index: 3, commands: [30] })
  return history
}

describe("entries that come again after a snapshot", () => {
  it("are passed over in the edition of 2021, and refused in that of 2022", () => {
    const passed = afterSnapshot({ repeatedEntries: "Ignored" })
    assert.isUndefined(record(passed, entry(2), entry(3), entry(4)))
    assert.strictEqual(passed.committed(2).count, 0)
    const refused = afterSnapshot({ contiguity: "ThisLife" })
    assert.match(record(refused, entry(3)) ?? "", /applied index 3 out of order \(expected 4\)/)
  })
})

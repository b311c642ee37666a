import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  checkLinearizability,
  type History,
  type HistoryOperation,
  keyValueModel,
  SeededRandom,
  type SequentialModel,
  type Verdict
} from "../../src/index.ts"
import { isLinearizable, isLinearizableByMemory, isLinearization } from "./bruteForce.ts"
import { type HistoryShape, randomHistory } from "./randomHistory.ts"
import * as Subjects from "./subjects.ts"

const check = <S, O, R>(model: SequentialModel<S, O, R>, history: History<O, R>): Verdict<S, O, R> =>
  Result.getOrThrow(checkLinearizability(model, history))

const histories = 2_000

/** Small enough to try every order; wrong answers make about a third of them illegal. */
const shapeOf = (random: SeededRandom, ties: boolean): HistoryShape => ({
  operations: 3 + random.below(6),
  clients: 2 + random.below(3),
  ties,
  unknownPerMille: random.below(3) * 150,
  failPerMille: random.below(2) * 100,
  wrongPerMille: random.below(3) * 250
})

type Compare<S, O, R> = (history: History<O, R>, verdict: Verdict<S, O, R>) => void

/** Gives each seed's history and the checker's verdict to `compare`, and demands that both verdicts are frequent. */
const compareAll = <S, O, R>(
  subject: Subjects.Subject<S, O, R>,
  options: { readonly ties: boolean },
  compare: Compare<S, O, R>
): void => {
  let illegal = 0
  for (let seed = 1; seed <= histories; seed++) {
    const random = new SeededRandom(seed, subject.name)
    const history = randomHistory(subject, shapeOf(random, options.ties), random)
    const verdict = check(subject.model, history)
    try {
      compare(history, verdict)
    } catch (cause) {
      throw new Error(`${subject.name}, seed ${seed}: ${JSON.stringify(history)}`, { cause })
    }
    if (verdict._tag === "Illegal") illegal++
  }
  assert.isAbove(illegal, histories / 10)
  assert.isBelow(illegal, (histories * 9) / 10)
}

const withoutHints = <S, O, R>(model: SequentialModel<S, O, R>): SequentialModel<S, O, R> => ({
  initial: model.initial,
  step: (state, operation, outcome) => model.step(state, operation, outcome),
  key: (state) => model.key(state)
})

/** The history as it stood when the answer of `last` came, by the clock alone: each operation, and what was known of it. */
const until = <O, R>(
  history: History<O, R>,
  last: HistoryOperation<O, R>,
  options: { readonly isIncluded: boolean }
): ReadonlyMap<HistoryOperation<O, R>, HistoryOperation<O, R>> => {
  const end = last.return!
  return new Map(
    history
      .filter(({ call }) => call <= end)
      .map((each) => {
        const isKnown = each.status !== "ok" || each.return < end || (each === last && options.isIncluded)
        return [each, isKnown ? each : { ...each, status: "unknown" }]
      })
  )
}

/** More than every order could be tried of: many returns, bits that are used again, long waits. */
const agreesOnLonger = <S, O, R>(subject: Subjects.Subject<S, O, R>) => {
  it(`${subject.name}: the same verdict on histories of 15 to 25 operations`, () => {
    let illegal = 0
    for (let seed = 1; seed <= longerHistories; seed++) {
      const random = new SeededRandom(seed, `longer, ${subject.name}`)
      const shape = {
        operations: 15 + random.below(11),
        clients: 2 + random.below(5),
        ties: random.chance(500),
        unknownPerMille: random.below(3) * 100,
        failPerMille: 50,
        wrongPerMille: random.below(3) * 100
      }
      const history = randomHistory(subject, shape, random)
      const isLegal = isLinearizableByMemory(subject.model, history)
      const where = `seed ${seed}: ${JSON.stringify(history)}`
      assert.strictEqual(check(subject.model, history)._tag, isLegal ? "Linearizable" : "Illegal", where)
      if (!isLegal) illegal++
    }
    assert.isAbove(illegal, longerHistories / 10)
    assert.isBelow(illegal, (longerHistories * 9) / 10)
  })
}

const longerHistories = 500

const agrees = <S, O, R>(subject: Subjects.Subject<S, O, R>) => {
  it.each([true, false])(
    `${subject.name}: the same verdict, and an order that proves it (ties: %s)`,
    (ties) => {
      compareAll(subject, { ties }, (history, verdict) => {
        assert.strictEqual(verdict._tag, isLinearizable(subject.model, history) ? "Linearizable" : "Illegal")
        if (verdict._tag !== "Linearizable") return
        const order = verdict.partitions.flatMap((each) => each.order)
        assert.isTrue(isLinearization(subject.model, history, order))
      })
    }
  )

  it(`${subject.name}: an illegal verdict names the first answer that contradicts those before it`, () => {
    compareAll(subject, { ties: false }, (history, verdict) => {
      if (verdict._tag !== "Illegal") return
      assert.lengthOf(verdict.offending, 1)
      const [offending] = verdict.offending
      const then = until(history, offending!, { isIncluded: false })
      const before = [...then.values()]
      assert.isTrue(isLinearizable(subject.model, before))
      const after = until(history, offending!, { isIncluded: true })
      assert.isFalse(isLinearizable(subject.model, [...after.values()]))

      const prefix = verdict.prefix.map((each) => then.get(each)!)
      assert.isTrue(isLinearization(subject.model, before, prefix))
    })
  })
}

describe("checkLinearizability against every order of small histories", () => {
  agrees(Subjects.key)
  agrees(Subjects.appends)
  agrees(Subjects.store)
  agrees(Subjects.counter)
  agrees(Subjects.bag)
  agrees(Subjects.queue)

  agreesOnLonger(Subjects.key)
  agreesOnLonger(Subjects.appends)
  agreesOnLonger(Subjects.counter)
  agreesOnLonger(Subjects.bag)
  agreesOnLonger(Subjects.queue)

  it("two keys, checked one by one: the same verdict as of both in one state", () => {
    compareAll(Subjects.store, { ties: false }, (history, whole) => {
      const parts = check(keyValueModel(), history)
      assert.strictEqual(parts._tag, whole._tag)
      if (parts._tag !== "Illegal") return
      const { key } = parts.offending[0]!.operation
      assert.strictEqual(parts.partition, key)
      assert.deepStrictEqual(
        parts.operations,
        history.filter(({ operation }) => operation.key === key)
      )
    })
  })

  it("without the model's hints: the same verdicts", () => {
    const bare = withoutHints(Subjects.appends.model)
    compareAll(Subjects.appends, { ties: true }, (history, verdict) => {
      assert.strictEqual(check(bare, history)._tag, verdict._tag)
    })
  })
})

type KeyOperation = Parameters<typeof Subjects.key.perform>[1]
type KeyHistoryOperation = HistoryOperation<KeyOperation, string | boolean | null>

const put = (value: string) => ({ op: "put", key: "k", value }) as const
const get = { op: "get", key: "k" } as const

let clients = 0
const ok = (
  operation: KeyOperation,
  [call, end]: readonly [number, number],
  result: string | boolean | null = null
): KeyHistoryOperation => ({ client: clients++, operation, call, return: end, status: "ok", result })
const unknown = (operation: KeyOperation, call: number): KeyHistoryOperation => ({
  client: clients++,
  operation,
  call,
  status: "unknown"
})

const verdictOf = (...history: ReadonlyArray<KeyHistoryOperation>) => check(keyValueModel(), history)._tag

describe("checkLinearizability", () => {
  it("nothing at all is linearizable", () => {
    assert.deepStrictEqual(check(keyValueModel(), []), { _tag: "Linearizable", partitions: [], states: 0 })
  })

  it("a read after a write returned must see it; one that overlaps the write need not", () => {
    assert.strictEqual(verdictOf(ok(put("a"), [0, 1]), ok(get, [2, 3], null)), "Illegal")
    assert.strictEqual(verdictOf(ok(put("a"), [0, 2]), ok(get, [1, 3], null)), "Linearizable")
    assert.strictEqual(verdictOf(ok(put("a"), [0, 2]), ok(get, [1, 3], "a")), "Linearizable")
  })

  it("events of two clients at one instant overlap, those of one client do not", () => {
    const write = ok(put("a"), [0, 5])
    const read = ok(get, [5, 6], null)
    assert.strictEqual(verdictOf(write, read), "Linearizable")
    assert.strictEqual(verdictOf(write, { ...read, client: write.client }), "Illegal")
  })

  it("a write with an unknown outcome may be seen at any time, from then on for good, or never", () => {
    const write = unknown(put("a"), 0)
    assert.strictEqual(verdictOf(write, ok(get, [1, 2], null), ok(get, [8, 9], "a")), "Linearizable")
    assert.strictEqual(verdictOf(write, ok(get, [1, 2], null), ok(get, [8, 9], null)), "Linearizable")
    assert.strictEqual(verdictOf(write, ok(get, [1, 2], "a"), ok(get, [8, 9], null)), "Illegal")
    assert.strictEqual(
      verdictOf(write, ok(get, [1, 2], "a"), ok(put("b"), [3, 4]), ok(get, [5, 6], "a")),
      "Illegal"
    )
  })

  it("a write with an unknown outcome is not seen before it is called", () => {
    assert.strictEqual(verdictOf(ok(get, [0, 1], "a"), unknown(put("a"), 2)), "Illegal")
  })

  it("of two equal writes with unknown outcomes, one that waits for its own client holds up no other", () => {
    const earlier = ok(put("a"), [0, 5])
    const waiting = { ...unknown(put("b"), 5), client: earlier.client }
    const reads = [ok(get, [5, 5], "b"), ok(get, [6, 7], "a")]
    assert.strictEqual(verdictOf(earlier, waiting, unknown(put("b"), 5), ...reads), "Linearizable")
    assert.strictEqual(verdictOf(earlier, waiting, ...reads), "Illegal")
  })

  it("a write that was refused is never seen", () => {
    const refused = { client: "c", operation: put("a"), call: 0, return: 1, status: "fail" } as const
    assert.strictEqual(verdictOf(refused, ok(get, [2, 3], "a")), "Illegal")
    assert.strictEqual(verdictOf(refused, ok(get, [2, 3], null)), "Linearizable")
  })

  it("says what it cannot place, and where all that came before leads", () => {
    const [first, second] = [ok(put("a"), [0, 1]), ok(put("b"), [2, 3])]
    const [fresh, stale] = [ok(get, [4, 5], "b"), ok(get, [6, 7], "a")]
    const verdict = check(keyValueModel(), [first, second, fresh, stale, ok(get, [8, 9], "z")])
    assert.deepInclude(verdict, {
      _tag: "Illegal",
      partition: "k",
      offending: [stale],
      prefix: [first, second, fresh],
      state: "b"
    })
  })

  it("is undecided when the states run out, unless another partition is illegal", () => {
    const model = withoutHints(keyValueModel())
    const append = (value: string) => ok({ op: "append", key: "k", value }, [0, 1])
    const history = [...["a", "b", "c", "d", "e"].map(append), ok(get, [2, 3], "abcdef")]
    assert.strictEqual(check(model, history)._tag, "Illegal")
    assert.deepInclude(Result.getOrThrow(checkLinearizability(model, history, { statesMax: 100 })), {
      _tag: "Undecided",
      partitions: [""],
      statesMax: 100
    })

    const byKey = { ...model, partition: ({ key }: KeyOperation) => key }
    const bad = ok({ op: "get", key: "l" }, [4, 5], "a")
    const verdict = Result.getOrThrow(checkLinearizability(byKey, [...history, bad], { statesMax: 100 }))
    assert.deepInclude(verdict, { _tag: "Illegal", partition: "l", offending: [bad] })
  })

  it("a history that no clients can have seen has no verdict", () => {
    const result = checkLinearizability(keyValueModel(), [ok(get, [3, 2])])
    assert.isTrue(Result.isFailure(result))
  })
})

/**
 * Sequential objects to make histories of: a model, and how to use it at random.
 */
import {
  keyValueModel,
  type KeyValueOperation,
  type KeyValueResult,
  type KeyValueState,
  type SeededRandom,
  type SequentialModel
} from "../../src/index.ts"

export interface Subject<State, Operation, Result> {
  readonly name: string
  readonly model: SequentialModel<State, Operation, Result>
  readonly operation: (random: SeededRandom) => Operation
  /** What the object itself does. */
  readonly perform: (state: State, operation: Operation, random: SeededRandom) => readonly [State, Result]
  /** Any answer, right or wrong, that the operation could get. */
  readonly anyResult: (operation: Operation, random: SeededRandom) => Result
}

const pick = <A>(random: SeededRandom, among: ReadonlyArray<A>): A => among[random.below(among.length)]!

const letters = ["a", "b", "c"]

const keyValueOperation = (random: SeededRandom, keys: ReadonlyArray<string>): KeyValueOperation => {
  const key = pick(random, keys)
  const value = pick(random, letters)
  switch (random.below(7)) {
    case 0:
    case 1:
      return { op: "put", key, value }
    case 2:
      return { op: "append", key, value }
    case 3:
      return { op: "delete", key }
    case 4:
      return { op: "cas", key, expected: pick(random, [null, ...letters]), value }
    default:
      return { op: "get", key }
  }
}

const keyValuePerform = (
  state: KeyValueState,
  operation: KeyValueOperation
): readonly [KeyValueState, KeyValueResult] => {
  switch (operation.op) {
    case "get":
      return [state, state]
    case "put":
      return [operation.value, null]
    case "append":
      return [(state ?? "") + operation.value, null]
    case "delete":
      return [null, state !== null]
    case "cas":
      return state === operation.expected ? [operation.value, true] : [state, false]
  }
}

const keyValueResult = (operation: KeyValueOperation, random: SeededRandom): KeyValueResult => {
  switch (operation.op) {
    case "get":
      return pick(random, [null, ...letters, "ab", "ba"])
    case "put":
    case "append":
      return null
    case "delete":
    case "cas":
      return random.chance(500)
  }
}

/** All operations, on one key. */
export const key: Subject<KeyValueState, KeyValueOperation, KeyValueResult> = {
  name: "a key",
  model: keyValueModel(),
  operation: (random) => keyValueOperation(random, ["k"]),
  perform: keyValuePerform,
  anyResult: keyValueResult
}

/** Without the answers that tell little, so that the model leaves writes out, and with texts that are seen whole or not. */
export const appends: Subject<KeyValueState, KeyValueOperation, KeyValueResult> = {
  ...key,
  name: "a text that grows",
  operation: (random) => {
    const value = pick(random, ["a", "b", "c", "d", "e", "f"])
    switch (random.below(6)) {
      case 0:
        return { op: "put", key: "k", value }
      case 1:
        return { op: "delete", key: "k" }
      case 2:
      case 3:
        return { op: "append", key: "k", value }
      default:
        return { op: "get", key: "k" }
    }
  },
  perform: (state, operation) => {
    const [next, result] = keyValuePerform(state, operation)
    return [next, operation.op === "delete" ? null : result]
  },
  anyResult: (operation, random) => (operation.op === "delete" ? null : keyValueResult(operation, random))
}

/** Two keys in one state: what partitions are checked against. */
export const store: Subject<ReadonlyArray<KeyValueState>, KeyValueOperation, KeyValueResult> = {
  name: "two keys",
  model: {
    initial: [null, null],
    step: (state, operation, outcome) => {
      const position = operation.key === "k" ? 0 : 1
      const next = key.model.step(state[position]!, operation, outcome)
      return next.map((value) => state.with(position, value))
    },
    key: (state) => JSON.stringify(state)
  },
  operation: (random) => keyValueOperation(random, ["k", "l"]),
  perform: (state, operation) => {
    const position = operation.key === "k" ? 0 : 1
    const [next, result] = keyValuePerform(state[position]!, operation)
    return [state.with(position, next), result]
  },
  anyResult: keyValueResult
}

/** Every operation changes it, and every answer is another. */
export const counter: Subject<number, "increment", number> = {
  name: "a counter",
  model: {
    initial: 0,
    step: (count, _operation, outcome) =>
      outcome._tag === "Unknown" || outcome.result === count ? [count + 1] : [],
    key: (count) => count
  },
  operation: () => "increment",
  perform: (count) => [count + 1, count],
  anyResult: (_operation, random) => random.below(5)
}

export type BagOperation = { readonly put: string } | "take" | "drop"

/** A take gives any of the members, and a drop does not even say which: the model has several next states. */
export const bag: Subject<string, BagOperation, string | null> = {
  name: "a bag",
  model: {
    initial: "",
    step: (members, operation, outcome) => {
      if (typeof operation === "object") return [sorted(members + operation.put)]
      const taken = members === "" ? [null] : new Set(members)
      return [...taken]
        .filter((each) => operation === "drop" || outcome._tag === "Unknown" || outcome.result === each)
        .map((each) => members.replace(each ?? "", ""))
    },
    key: (members) => members
  },
  operation: (random) =>
    pick(random, [{ put: pick(random, letters) }, { put: pick(random, letters) }, "take", "drop"]),
  perform: (members, operation, random) => {
    if (typeof operation === "object") return [sorted(members + operation.put), null]
    if (members === "") return [members, null]
    const taken = members[random.below(members.length)]!
    return [members.replace(taken, ""), operation === "take" ? taken : null]
  },
  anyResult: (operation, random) => (operation === "take" ? pick(random, [null, ...letters]) : null)
}

const sorted = (members: string): string => members.split("").toSorted().join("")

export type QueueOperation = { readonly enqueue: string } | "dequeue" | "size"

/** First in, first out, with a read that sees only how many there are. */
export const queue: Subject<string, QueueOperation, string | number | null> = {
  name: "a queue",
  model: {
    initial: "",
    step: (members, operation, outcome) => {
      const [next, result] = dequeueOrEnqueue(members, operation)
      return outcome._tag === "Unknown" || outcome.result === result ? [next] : []
    },
    key: (members) => members,
    isReadOnly: (operation) => operation === "size"
  },
  operation: (random) => pick(random, [{ enqueue: pick(random, letters) }, "dequeue", "size"]),
  perform: (members, operation) => dequeueOrEnqueue(members, operation),
  anyResult: (operation, random) => {
    if (operation === "size") return random.below(3)
    return operation === "dequeue" ? pick(random, [null, ...letters]) : null
  }
}

const dequeueOrEnqueue = (
  members: string,
  operation: QueueOperation
): readonly [string, string | number | null] => {
  if (operation === "size") return [members, members.length]
  if (operation === "dequeue") return [members.slice(1), members[0] ?? null]
  return [members + operation.enqueue, null]
}

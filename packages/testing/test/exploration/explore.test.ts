/**
 * Goal: the explorer visits exactly the states that there are.
 *
 * Method: search small models in the plainest way as well, and compare. The plain search knows no
 * symmetry, keeps texts instead of keys, and can lose and take away messages for real.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Message } from "@effect-raft/core"
import { defaultBounds } from "../../src/exploration/bounds.ts"
import { explore } from "../../src/exploration/explore.ts"
import { Explorer } from "../../src/exploration/Explorer.ts"
import { nothingFrom } from "../../src/exploration/oldAnswer.ts"
import { renamingsOf, serverNames } from "../../src/exploration/renamings.ts"
import { hostsText, plainSearch, type PlainState, stateText } from "./plainSearch.ts"

const timeout = 120_000

/** An answer that its receiver will never heed again is no part of a state. */
const isLiving = (message: Message, { hosts }: PlainState): boolean => {
  const receiver = hosts.find(({ server }) => server.self.id === message.to)!
  return receiver.disk.hardState.currentTerm < nothingFrom(message)
}

/** One text for all states that differ in names alone. */
const orbitOf = (state: PlainState): string =>
  renamingsOf(serverNames(state.hosts.length))
    .map((renaming) => stateText(state, renaming, isLiving))
    .toSorted()[0]!

describe("the number of states", () => {
  it.each([
    { bounds: { servers: 1, termsMax: 2, entriesMax: 1 }, disk: "Slow", states: 54, depth: 8 },
    { bounds: { servers: 2, termsMax: 1, entriesMax: 1 }, disk: "Slow", states: 235, depth: 16 },
    { bounds: { servers: 2, termsMax: 2, entriesMax: 0 }, disk: "Prompt", states: 575, depth: 14 },
    { bounds: { servers: 3, termsMax: 1, entriesMax: 0 }, disk: "Prompt", states: 828, depth: 15 }
  ] as const)("is $states for $bounds, and what a plain search finds", { timeout }, (model) => {
    const { bounds, disk } = model
    const plain = plainSearch({ bounds, disk, network: "Kept" })
    const reduced = explore({ bounds, disk })
    assert.strictEqual(reduced.ending, "Complete")
    assert.strictEqual(reduced.states, new Set(plain.map(orbitOf)).size)
    assert.deepStrictEqual([reduced.states, reduced.depth], [model.states, model.depth])

    const living = new Set(plain.map((state) => stateText(state, undefined, isLiving)))
    assert.strictEqual(explore({ bounds, disk, isReduced: false }).states, living.size)
  })

  it("is the same however the search is sliced", () => {
    const bounds = { servers: 2, termsMax: 1, entriesMax: 1 }
    const explorer = new Explorer({ bounds })
    while (explorer.ending === undefined) explorer.expand(1)
    assert.deepStrictEqual(explorer.exploration, explore({ bounds }))
  })

  it("three servers, one term, one command: all of it, with leaders and commits", { timeout }, () => {
    const { ending, occurrences, states } = explore({ bounds: { termsMax: 1 } })
    assert.deepStrictEqual({ ending, states }, { ending: "Complete", states: 93_604 })
    assert.isAbove(occurrences.leader, 40_000)
    assert.isAbove(occurrences.committed, 40_000)
  })
})

describe("messages that stay for ever", () => {
  it("make the servers do what they do where messages are lost, taken and repeated", { timeout }, () => {
    const bounds = { servers: 2, termsMax: 1, entriesMax: 1 }
    const reached = (network: "Kept" | "Removed") =>
      new Set(plainSearch({ bounds, disk: "Slow", network }).map((state) => hostsText(state)))
    const kept = reached("Kept")
    assert.isAbove(kept.size, 100)
    assert.deepStrictEqual([...reached("Removed")].toSorted(), [...kept].toSorted())
  })
})

describe("limits of a search", () => {
  it("ends at the number of states asked for", () => {
    const { ending, states } = explore({ statesMax: 500 })
    assert.deepStrictEqual({ ending, states }, { ending: "StatesMax", states: 500 })
  })

  it("ends at the depth asked for, with every state through it", () => {
    const { depth, ending, states } = explore({ depthMax: 3 })
    assert.deepStrictEqual({ depth, ending }, { depth: 3, ending: "DepthMax" })
    assert.strictEqual(states, explore({ depthMax: 3, bounds: defaultBounds }).states)
  })

  it("goes on with PreVote, CheckQuorum, the no-op and transfers", { timeout }, () => {
    const serverOptions = { preVote: true, checkQuorum: true, noOp: true }
    const { ending, occurrences } = explore({ serverOptions, hasTransfers: true, statesMax: 100_000 })
    assert.strictEqual(ending, "StatesMax")
    assert.isAbove(occurrences.leader, 0)
  })

  it("refuses a cluster whose permutations are too many", () => {
    assert.throws(() => explore({ bounds: { servers: 6 } }), RangeError)
  })
})

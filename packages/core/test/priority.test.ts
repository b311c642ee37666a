import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect } from "./support/actions.ts"
import { Cluster, type Host } from "./support/Cluster.ts"
import { liveness } from "./properties/liveness.ts"
import { allOn } from "./support/run.ts"

const { electionTimeoutMax, electionTimeoutMin } = core.defaultServerOptions
const range = electionTimeoutMax - electionTimeoutMin

/** A cluster in which each server has the priority at its place. */
const clusterOf = (priorities: ReadonlyArray<number>): Cluster =>
  new Cluster({
    core,
    size: priorities.length,
    options: { ...core.defaultServerOptions, ...allOn },
    observers: [],
    configuration: (ids) => ({
      members: ids.map((id, position) => core.Configuration.voter(id, { priority: priorities[position]! }))
    })
  })

const waitOf = ({ clock, server }: Host): number => core.nextDeadline(server!) - clock

describe("election priority", () => {
  it("who has preferred voters before it waits a whole range longer for each, from its first timeout on", () => {
    for (let life = 0; life < 20; life++) {
      const cluster = clusterOf([2, 1, 0])
      cluster.hosts.forEach((host, rank) => {
        for (let restarts = 0; restarts < life; restarts++) {
          cluster.crash(host, 0)
          cluster.restart(host, false)
        }
        const wait = waitOf(host)
        assert.isAtLeast(wait, electionTimeoutMin + rank * range)
        assert.isAtMost(wait, electionTimeoutMax + rank * range)
      })
    }
  })

  it("no server waits for more than three ranges, however many are preferred", () => {
    const cluster = clusterOf([9, 8, 7, 6, 5, 4, 3])
    assert.isAtMost(waitOf(cluster.hosts[6]!), electionTimeoutMax + 3 * range)
  })

  it("equals wait alike, and priority only ever lengthens: nobody campaigns sooner than without it", () => {
    const cluster = clusterOf([5, 5, 5])
    for (const host of cluster.hosts) {
      assert.isAtLeast(waitOf(host), electionTimeoutMin)
      assert.isAtMost(waitOf(host), electionTimeoutMax)
    }
  })

  it("the preferred server leads when everybody starts at once", () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const cluster = clusterOf([0, 0, 3])
      for (const host of cluster.hosts) {
        host.clock = 0
        for (let restarts = 0; restarts <= attempt; restarts++) {
          cluster.crash(host, 0)
          cluster.restart(host, false)
        }
      }
      liveness(cluster)
      assert.strictEqual(cluster.hosts[2]!.server!.role._tag, "Leader", `attempt ${attempt}`)
    }
  })

  it("costs no liveness: with the preferred servers down, another one leads in time", () => {
    const cluster = clusterOf([0, 0, 0, 7, 7])
    const up = cluster.hosts.slice(0, 3)
    for (const host of cluster.hosts.slice(3)) cluster.crash(host, 0)
    const [first] = up.toSorted((left, right) => waitOf(left) - waitOf(right)) as [Host]
    assert.isAtMost(waitOf(first), electionTimeoutMax + 2 * range)
    elect(cluster, first)
    assert.strictEqual(first.server!.role._tag, "Leader")
  })
})

import { assert, describe, it } from "@effect/vitest"
import type * as core from "../src/index.ts"
import { ensureOwnEntry } from "../src/noOp.ts"
import { elect } from "./support/actions.ts"
import type { Host } from "./support/Cluster.ts"
import { calm, leaderRole, led, proposeTo, scene, seedLog, termsOf } from "./support/scenes.ts"

const noOp = { size: 3, options: { noOp: true } }

const kindsOf = ({ disk }: Host) => disk.durable.entries.map(({ kind, term }) => `${kind} ${term}`)

describe("§8 the no-op at the start of a term", () => {
  it("§8 a new leader appends it at once and commits it, asked by nobody", () => {
    const cluster = led(noOp)
    for (const host of cluster.hosts) {
      assert.deepStrictEqual(kindsOf(host), ["NoOp 1"])
      assert.strictEqual(Number(host.applied), 1)
    }
  })

  it("§5.4.2 it commits what earlier leaders left behind", () => {
    const cluster = scene(noOp)
    const [leader, follower] = cluster.hosts as [Host, Host]
    for (const host of [leader, follower]) seedLog(cluster, host, [1, 2, 2], 2)
    elect(cluster, leader)
    calm(cluster)
    assert.deepStrictEqual(termsOf(leader), [1, 2, 2, 3])
    assert.strictEqual(Number(leader.server!.commitIndex), 4)
  })

  it("each term has one", () => {
    const cluster = led(noOp)
    elect(cluster, cluster.hosts[1]!)
    calm(cluster)
    assert.deepStrictEqual(kindsOf(cluster.hosts[1]!), ["NoOp 1", "NoOp 2"])
  })

  it("is empty, and carries the log's time on", () => {
    const cluster = led(noOp)
    const [entry] = cluster.hosts[0]!.disk.durable.entries
    assert.deepInclude(entry, { payload: new Uint8Array(0), time: 0 })
  })

  it("commands follow it", () => {
    const cluster = led(noOp)
    proposeTo(cluster, cluster.hosts[0]!, 2)
    calm(cluster)
    assert.deepStrictEqual(kindsOf(cluster.hosts[2]!), ["NoOp 1", "Command 1", "Command 1"])
  })
})

describe("without the option the no-op is lazy", () => {
  it("a new leader appends nothing: the first command has index 1", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    assert.strictEqual(Number(leader.server!.log.lastIndex), 0)
    proposeTo(cluster, leader)
    assert.strictEqual(Number(leader.server!.log.lastIndex), 1)
  })

  it("§5.4.2 what earlier leaders left behind waits for an entry of this term", () => {
    const cluster = scene({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    for (const host of [leader, follower]) seedLog(cluster, host, [1], 1)
    elect(cluster, leader)
    calm(cluster)
    assert.strictEqual(Number(leader.server!.commitIndex), 0)
  })

  it("whatever needs an entry of this term appends one, unless there is one", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    const [appended, outputs] = ensureOwnEntry(leader.server!, leaderRole(leader))
    assert.strictEqual(Number(appended.log.lastIndex), 1)
    assert.deepStrictEqual(
      outputs.map((output) => output._tag === "Write" && output.entries.map(({ kind }) => kind)),
      [["NoOp"]]
    )
    const again = ensureOwnEntry(appended, appended.role as core.Leader)
    assert.deepStrictEqual(again, [appended, []])
  })
})

import { assert, describe, it } from "@effect/vitest"
import type { ProposalAnswer } from "../src/output.ts"
import { step } from "../src/step.ts"
import { elect } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { calm, calmAmong, led, proposeTo, recorder, scene, seedLog, termsOf } from "./support/scenes.ts"

/** What became of commands of these sizes, proposed together. */
const propose = (
  cluster: Cluster,
  host: Host,
  sizes: ReadonlyArray<number>
): ReadonlyArray<ProposalAnswer> => {
  const proposals = sizes.map((size, id) => ({ id, command: new Uint8Array(size) }))
  const [, outputs] = cluster.core.step(host.server!, { _tag: "CommandsProposed", at: host.clock, proposals })
  cluster.tell(host, { _tag: "CommandsProposed", at: host.clock, proposals })
  return outputs.flatMap((output) => (output._tag === "AnswerProposals" ? output.answers : []))
}

const tagsOf = (answers: ReadonlyArray<ProposalAnswer>) => answers.map(({ _tag }) => _tag)

describe("proposals", () => {
  it("§5.3 a leader answers at once with the place in its log", () => {
    const cluster = led({ size: 3 })
    const { core, hosts } = cluster
    assert.deepStrictEqual(propose(cluster, hosts[0]!, [1, 1]), [
      { _tag: "Appended", id: 0, index: core.logIndex(1), term: core.term(1) },
      { _tag: "Appended", id: 1, index: core.logIndex(2), term: core.term(1) }
    ])
  })

  it("§8 a session command becomes a Session entry, any other a Command", () => {
    const [leader] = led({ size: 3 }).hosts as [Host]
    const command = Uint8Array.of(1)
    const proposals = [
      { id: 0, kind: "Session" as const, command },
      { id: 1, command }
    ]
    const [, outputs] = step(leader.server!, { _tag: "CommandsProposed", at: leader.clock, proposals })
    const write = outputs.find((output) => output._tag === "Write")
    assert.deepStrictEqual(
      write?.entries.map(({ kind }) => kind),
      ["Session", "Command"]
    )
  })

  it("§5.1 whoever does not lead appends nothing, and names the leader if it knows one", () => {
    const cluster = led({ size: 3 })
    const [leader, follower, candidate] = cluster.hosts as [Host, Host, Host]
    assert.deepStrictEqual(propose(cluster, follower, [1]), [
      { _tag: "NotLeader", id: 0, leaderId: leader.id }
    ])
    cluster.timeout(candidate)
    assert.deepStrictEqual(propose(cluster, candidate, [1]), [
      { _tag: "NotLeader", id: 0, leaderId: undefined }
    ])
    assert.deepStrictEqual([termsOf(follower), termsOf(candidate)], [[], []])
  })

  it("too many uncommitted entries are refused, definitely, and taken again once some are committed", () => {
    const cluster = led({ size: 3, options: { uncommittedEntriesMax: 3 } })
    const [leader] = cluster.hosts as [Host]
    const answers = propose(cluster, leader, [1, 1, 1, 1, 1])
    assert.deepStrictEqual(tagsOf(answers), ["Appended", "Appended", "Appended", "Overloaded", "Overloaded"])
    assert.deepStrictEqual(termsOf(leader), [1, 1, 1])
    cluster.endTurn(leader)
    calm(cluster)
    assert.deepStrictEqual(tagsOf(propose(cluster, leader, [1])), ["Appended"])
  })

  it("too many uncommitted bytes are refused; the first command passes however large it is", () => {
    const cluster = led({ size: 3, options: { uncommittedBytesMax: 200 } })
    const [leader] = cluster.hosts as [Host]
    assert.deepStrictEqual(tagsOf(propose(cluster, leader, [1_000, 1])), ["Appended", "Overloaded"])
    cluster.endTurn(leader)
    calm(cluster)
    assert.deepStrictEqual(tagsOf(propose(cluster, leader, [60, 60, 60])), [
      "Appended",
      "Appended",
      "Overloaded"
    ])
  })

  it("a leader always has room for the entry that commits what it inherited", () => {
    const cluster = scene({ size: 3, options: { uncommittedEntriesMax: 3 } })
    const [leader] = cluster.hosts as [Host]
    seedLog(cluster, leader, [1, 1, 1, 1, 1], 1)
    elect(cluster, leader)
    calm(cluster)
    assert.strictEqual(Number(leader.server!.commitIndex), 0)
    assert.deepStrictEqual(tagsOf(propose(cluster, leader, [1])), ["Appended"])
    cluster.endTurn(leader)
    calm(cluster)
    assert.strictEqual(Number(leader.server!.commitIndex), 6)
  })

  it("a turn's proposals are one write, and every one is answered in its step", () => {
    const record = recorder()
    const cluster = led({ size: 3, observers: [record] })
    proposeTo(cluster, cluster.hosts[0]!, 10)
    const step = record.steps.findLast(({ event }) => event._tag === "CommandsProposed")!
    assert.deepStrictEqual(
      step.outputs.map(({ _tag }) => _tag),
      ["Write", "AnswerProposals"]
    )
  })
})

const timesOf = (host: Host): ReadonlyArray<number> => host.disk.issued.entries.map(({ time }) => time)

describe("log time", () => {
  it("follows the leader's clock from where the log stood at its election", () => {
    const cluster = led({ size: 1 })
    const [alone] = cluster.hosts as [Host]
    for (const pause of [0, 25, 100]) {
      alone.clock += pause
      proposeTo(cluster, alone)
    }
    assert.deepStrictEqual(timesOf(alone), [0, 25, 125])
  })

  it("never falls, over elections, restarts and clocks of any origin", () => {
    const cluster = led({ size: 3 })
    for (let round = 0; round < 6; round++) {
      const host = cluster.hosts[round % 3]!
      elect(cluster, host)
      calm(cluster)
      host.clock += 40
      proposeTo(cluster, host)
      calmAmong(cluster, cluster.hosts)
      if (round === 2) {
        cluster.crash(host, 0)
        cluster.restart(host, false)
      }
    }
    const times = timesOf(cluster.hosts[0]!)
    assert.lengthOf(times, 6)
    assert.deepStrictEqual(
      times,
      times.toSorted((left, right) => left - right)
    )
    assert.isAbove(times.at(-1)!, times[0]!)
  })
})

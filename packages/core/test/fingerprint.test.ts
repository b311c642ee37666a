/**
 * What `fingerprint` tells apart, and what it does not.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  bootstrapSnapshot,
  Configuration,
  defaultServerOptions,
  emptyState,
  type Event,
  fingerprint,
  groupId,
  incarnation,
  logIndex,
  type Message,
  restart,
  type Server,
  serverId,
  step,
  writeId
} from "../src/index.ts"
import { flood } from "./support/actions.ts"
import type { Host } from "./support/Cluster.ts"
import { led } from "./support/scenes.ts"

const only = serverId("only")

const serverWith = (nonce: number): Server =>
  restart({
    id: only,
    group: groupId(0),
    incarnation: incarnation(nonce),
    options: defaultServerOptions,
    persistent: { ...emptyState, snapshot: bootstrapSnapshot(Configuration.ofVoters([only])) },
    lastApplied: logIndex(0),
    at: 0
  })

const run = (server: Server, events: ReadonlyArray<Event>): Server =>
  events.reduce((current, event) => step(current, event)[0], server)

const elected: ReadonlyArray<Event> = [
  { _tag: "TimeAdvanced", at: 1_000 },
  { _tag: "WritesPersisted", at: 1_000, through: writeId(1) }
]

const proposed = (byte: number): Event => ({
  _tag: "CommandsProposed",
  at: 1_000,
  proposals: [{ id: 1, command: Uint8Array.of(byte) }]
})

describe("fingerprint", () => {
  it("leaves out the generator and the deadlines it drew", () => {
    const [left, right] = [serverWith(1), serverWith(2)]
    assert.notStrictEqual(left.random, right.random)
    assert.strictEqual(fingerprint(left), fingerprint(right))
    assert.strictEqual(fingerprint(run(left, elected)), fingerprint(run(right, elected)))
  })

  it("tells term, role, log, payload and durability apart", () => {
    const start = serverWith(1)
    const leader = run(start, elected)
    const one = run(leader, [proposed(1)])
    const two = run(leader, [proposed(2)])
    const durable = run(one, [{ _tag: "WritesPersisted", at: 1_000, through: writeId(2) }])
    const failed = run(leader, [{ _tag: "StorageFailed", at: 1_000 }])
    const prints = [start, leader, one, two, durable, failed].map(fingerprint)
    assert.strictEqual(new Set(prints).size, prints.length)
  })

  it("tells apart a leader that hands over, one that told its target, and one that gave up after that", () => {
    const cluster = led({ size: 3, options: { noOp: true } })
    const [leader, target] = cluster.hosts as [Host, Host]
    const prints = [fingerprint(leader.server!)]
    cluster.transfer(leader, target)
    prints.push(fingerprint(leader.server!))
    cluster.endTurn(leader)
    prints.push(fingerprint(leader.server!))
    leader.clock += defaultServerOptions.electionTimeoutMax
    cluster.endTurn(leader)
    prints.push(fingerprint(leader.server!))
    assert.strictEqual(new Set(prints).size, prints.length)
  })

  it("tells apart who asks whether it could win, who campaigns, and who does so for its leader", () => {
    const options = { preVote: true }
    const prints = [false, true].flatMap((isTransfer) => {
      const cluster = led({ size: 3, options })
      const [leader, target] = cluster.hosts as [Host, Host]
      if (isTransfer) {
        cluster.transfer(leader, target)
        cluster.endTurn(leader)
        flood(cluster, ({ _tag }) => _tag === "TimeoutNowRequest")
        return [fingerprint(target.server!)]
      }
      cluster.timeout(target)
      const asking = fingerprint(target.server!)
      target.clock += defaultServerOptions.electionTimeoutMax
      flood(cluster, ({ _tag, to }) => _tag === "PreVoteRequest" && to === "s2")
      cluster.deliver({
        ...cluster.bag.find(({ _tag }) => _tag === "PreVoteResponse")!,
        voteGranted: true
      } as Message)
      return [asking, fingerprint(target.server!)]
    })
    assert.strictEqual(new Set(prints).size, 3)
    assert.include(prints[2], "by transfer")
  })
})

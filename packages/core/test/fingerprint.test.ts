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
  restart,
  type Server,
  serverId,
  step,
  writeId
} from "../src/index.ts"

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
})

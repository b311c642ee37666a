import {
  bootstrapSnapshot,
  Configuration,
  defaultServerOptions,
  emptyState,
  groupId,
  incarnation,
  logIndex,
  restart,
  serverId,
  term,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Driver, heldMessagesMax } from "../../src/driver/Driver.ts"
import { PendingProposals } from "../../src/driver/PendingProposals.ts"
import { header } from "../support/peers.ts"

/** A driver on a clock that the test sets, and that counts its readings. */
const make = (servers: ReadonlyArray<string> = ["s0", "s1", "s2"], timeout = 10_000) => {
  const clock = { now: 0, readings: 0 }
  const now = () => {
    clock.readings++
    return clock.now
  }
  const server = restart({
    id: serverId("s0"),
    group: groupId(0),
    incarnation: incarnation(7),
    options: { ...defaultServerOptions, preVote: false, checkQuorum: false, noOp: false },
    persistent: {
      ...emptyState,
      snapshot: bootstrapSnapshot(Configuration.ofVoters(servers.map(serverId)))
    },
    lastApplied: logIndex(0),
    at: 0
  })
  const pending = new PendingProposals({
    server: "s0",
    timeout,
    timeoutOnceLost: timeout,
    succeeded: () => {}
  })
  return { clock, pending, driver: new Driver(server, now, pending) }
}

/** A leader of one: its own vote elects it once it is durable. */
const makeLeader = (timeout?: number) => {
  const made = make(["s0"], timeout)
  made.clock.now = 600
  const { writes } = made.driver.turn()
  made.driver.post({ _tag: "WritesPersisted", through: writes.at(-1)!.id })
  made.driver.turn()
  assert.strictEqual(made.driver.server.role._tag, "Leader")
  return made
}

const voteRequest = (sequence: number) => ({
  ...header("s1", { term: 5, sequence }),
  _tag: "RequestVoteRequest" as const,
  lastLogIndex: logIndex(0),
  lastLogTerm: term(0),
  leadershipTransfer: false
})

const heartbeat = (sequence: number) => ({
  ...header("s1", { term: 5, sequence }),
  _tag: "HeartbeatRequest" as const,
  leaderCommit: logIndex(0)
})

describe("the driver", () => {
  it("reads the clock once per turn, however many events the turn takes", () => {
    const { clock, driver, pending } = make()
    for (let sequence = 1; sequence <= 20; sequence++) {
      driver.post({ _tag: "MessageReceived", message: heartbeat(sequence) })
      pending.add(new Uint8Array(), () => {})
    }
    driver.turn()
    assert.strictEqual(clock.readings, 1)
  })

  it("reads the clock after it took the mailbox, so no event is older than its date", () => {
    const { clock, driver } = make()
    const order: Array<string> = []
    const late = new Driver(
      driver.server,
      () => {
        order.push("clock")
        // Posted while the clock is read: too late for this turn.
        late.post({ _tag: "MessageReceived", message: heartbeat(9) })
        return ++clock.now
      },
      new PendingProposals({ server: "s0", timeout: 1, timeoutOnceLost: 1, succeeded: () => {} })
    )
    late.turn()
    assert.deepStrictEqual(order, ["clock"])
    assert.strictEqual(late.server.currentTerm, term(0))
    late.turn()
    assert.strictEqual(late.server.currentTerm, term(5))
  })

  it("TimeAdvanced is stepped last: a heartbeat in the mailbox keeps an overdue server from campaigning", () => {
    const { clock, driver } = make()
    clock.now = 10_000
    driver.post({ _tag: "MessageReceived", message: heartbeat(1) })
    assert.strictEqual(driver.turn().elections, 0)
    assert.strictEqual(driver.server.role._tag, "Follower")
    const idle = make()
    idle.clock.now = 10_000
    assert.strictEqual(idle.driver.turn().elections, 1)
  })

  it("what is posted during a turn belongs to the next one", () => {
    const { clock, driver, pending } = makeLeader()
    pending.add(new Uint8Array(), () => {})
    driver.turn()
    // The proposal times out in a turn, whose answer posts an event of its own.
    let posted = 0
    pending.add(new Uint8Array(), () => {
      posted++
      driver.post({ _tag: "MessageReceived", message: heartbeat(1) })
    })
    driver.turn()
    clock.now += 10_000
    driver.turn()
    assert.strictEqual(posted, 1)
    assert.strictEqual(driver.server.currentTerm, term(1))
    driver.turn()
    assert.strictEqual(driver.server.currentTerm, term(5))
  })

  it("holds a promise until the write it waits for is durable, and then lets it go once", () => {
    const { driver } = make()
    driver.post({ _tag: "MessageReceived", message: voteRequest(1) })
    const { messages, writes } = driver.turn()
    assert.lengthOf(messages, 0)
    assert.strictEqual(writes.at(-1)?.hardState?.votedFor, "s1")

    assert.lengthOf(driver.turn().messages, 0)
    driver.post({ _tag: "WritesPersisted", through: writes.at(-1)!.id })
    assert.deepStrictEqual(
      driver.turn().messages.map(({ _tag, sequence }) => [_tag, sequence]),
      [["RequestVoteResponse", 1]]
    )
    assert.lengthOf(driver.turn().messages, 0)
  })

  it("orders leave with the turn that made them, and only with that", () => {
    const { driver, pending } = makeLeader()
    pending.add(new Uint8Array([1]), () => {})
    const first = driver.turn()
    assert.lengthOf(first.writes, 1)
    const second = driver.turn()
    assert.deepStrictEqual(second, {
      writes: [],
      messages: [],
      reads: [],
      machine: undefined,
      chunks: [],
      compactThrough: undefined,
      elections: 0
    })
  })

  it("what waits for a disk that is stuck has a bound, and the first in line is kept", () => {
    const { driver } = make()
    for (let sequence = 1; sequence <= heldMessagesMax + 100; sequence++) {
      driver.post({ _tag: "MessageReceived", message: voteRequest(sequence) })
    }
    const { writes } = driver.turn()
    driver.post({ _tag: "WritesPersisted", through: writes.at(-1)!.id })
    const { messages } = driver.turn()
    assert.lengthOf(messages, heldMessagesMax)
    assert.strictEqual(messages[0]?.sequence, 1)
  })

  it("wakes for the proposal that waits longest, if nothing is due before", () => {
    const { clock, driver, pending } = makeLeader(50)
    const heartbeatAt = driver.deadline
    assert.strictEqual(heartbeatAt, 700)
    clock.now = 610
    const ended: Array<number> = []
    pending.add(new Uint8Array(), () => ended.push(clock.now))
    driver.turn()
    assert.strictEqual(driver.deadline, 660)
    clock.now = 660
    driver.turn()
    assert.deepStrictEqual(ended, [660])
    assert.strictEqual(driver.deadline, heartbeatAt)
  })

  it("a reducer whose storage failed leads nothing, writes nothing and has no deadline", () => {
    const { driver } = makeLeader()
    assert.strictEqual(driver.start(new Uint8Array())._tag, "Appended")
    driver.turn()
    driver.post({ _tag: "StorageFailed" })
    driver.turn()
    assert.strictEqual(driver.start(new Uint8Array())._tag, "NotLeader")
    assert.lengthOf(driver.turn().writes, 0)
    assert.strictEqual(driver.deadline, Infinity)
    driver.post({ _tag: "WritesPersisted", through: writeId(2) })
    assert.isUndefined(driver.turn().machine)
  })
})

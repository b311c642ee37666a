/**
 * The second half of a liveness run: faults have ended for the core, and stay
 * for ever for the rest. Does the core make progress, and in time?
 *
 * - L1, L4: a leader within ten longest election timeouts.
 * - L2: then a new commit within four round trips and two syncs, beside the time
 *   that a server of the core takes to catch up, if its vote is needed.
 * - L4 under flapping outsiders: a commit in every twenty timeouts, over two
 *   hundred.
 * - L5: with PreVote and CheckQuorum, outsiders that can send do not unseat the
 *   leader more than once in fifty timeouts.
 * - L6: with CheckQuorum, a leader that is cut off steps down within two.
 * - L8: a server that lacks what the log has forgotten catches up while clients
 *   go on.
 *
 * A transfer of leadership to an outsider ends too, and what it forbade goes on.
 */
import { Configuration } from "@effect-raft/core"
import { leaderAlone } from "./faults/leaderAlone.ts"
import { catchUpMillis } from "./catchUp.ts"
import { keepTidy } from "./operator.ts"
import type { Healing } from "./plan.ts"
import { memberSeats, quorumAround } from "./roster.ts"
import type { Seat } from "./Seat.ts"
import { check } from "./violation.ts"
import type { World } from "./World.ts"

/** All in longest election timeouts. */
const leaderWithin = 10
const stepDownWithin = 2
const watchedFor = 50
const flappingWatchedFor = 200
const commitEvery = 20
const missesFor = 40
const catchUpWithin = 20

/** The log goes on growing meanwhile, and another snapshot may take the place of the one that was begun. */
const catchUpFactor = 2

/** Leaders that may follow one another while outsiders disturb them. */
const changesMax = 1

/** A turn takes its millisecond, and so do messages that tell of it. */
const slackMillis = 5

export class LivenessWatch {
  private readonly world: World
  private readonly healing: Healing
  private readonly timeout: number

  constructor(world: World, healing: Healing) {
    this.world = world
    this.healing = healing
    this.timeout = world.plan.options.electionTimeoutMax
  }

  run(): void {
    const { world } = this
    const { checkQuorum, preVote } = world.plan.options
    // Whoever was removed and runs on is what PreVote and CheckQuorum are for, too.
    if (!preVote || !checkQuorum) keepTidy(world)
    // Copies of an old leader's heartbeats keep its followers waiting for it: the network is healed when the last has come.
    world.run(world.network.lastLateArrival)
    this.expectLeader()
    this.expectCommit()
    world.run(Math.max(world.now, world.plan.millis))
    this.watchDisturbers()
    if (Number.isFinite(world.plan.options.snapshotEntriesMax)) this.expectCatchUp()
    this.expectTransferEnds()
    const { configuration } = world.driver.configured
    if (checkQuorum && Configuration.voters(configuration).length > 1) this.expectStepDown()
  }

  private expectLeader(): void {
    const { world } = this
    const commits = this.commits()
    // An outsider that flaps faster than an election takes may go on leading, and well.
    const isLed = () => this.hasLeader() || commits()
    world.run(world.now + leaderWithin * this.timeout, isLed)
    check(
      isLed(),
      "LeaderInTime",
      () => `no leader among the core ${leaderWithin} election timeouts after it was healed`
    )
  }

  private expectCommit(): void {
    const { network, plan } = this.world
    const bound = 4 * network.roundTripMax + 2 * (plan.sync.max + 1) + catchUpMillis(this.world)
    this.commitWithin(leaderWithin * this.timeout + bound)
  }

  private commitWithin(millis: number): void {
    const commits = this.commits()
    this.world.run(this.world.now + millis, commits)
    check(commits(), "CommitInTime", () => `nothing was committed for ${millis} ms although the core is well`)
  }

  /**
   * Whether anything is committed from now on. Whoever leads when that is asked has a command of our own: clients may
   * have come to their end, or look for it elsewhere.
   */
  private commits(): () => boolean {
    const { world } = this
    const before = world.driver.committed
    let asked: number | undefined
    return () => {
      const { leader } = world
      if (leader !== undefined && leader.position !== asked) {
        asked = leader.position
        world.workload.ask({ op: "get", key: "k0" }, leader.position, () => undefined)
      }
      return world.driver.committed > before
    }
  }

  /** Outsiders that can still send are what PreVote and CheckQuorum are for. */
  private watchDisturbers(): void {
    const { world } = this
    const { options, schedule } = world.plan
    const outsiders = schedule.filter(({ at }) => at > this.healing.at)
    const isFlapping = outsiders.some(({ fault }) => fault === "flapping")
    const isDeaf = outsiders.some(({ fault }) => fault === "deaf")
    const members = memberSeats(world)
    const isOutside = world.seats.some((seat) => seat.isAwake && !members.includes(seat))
    if (!isFlapping && !isDeaf && !isOutside) return
    const before = world.driver.elections
    const watched = isFlapping ? flappingWatchedFor : watchedFor
    for (let timeouts = 0; timeouts < watched; timeouts += commitEvery) {
      const end = world.now + commitEvery * this.timeout
      this.commitWithin(commitEvery * this.timeout)
      world.run(end)
    }
    const changes = world.driver.elections - before
    const allowed = Math.ceil((watched / watchedFor) * changesMax)
    check(
      !options.preVote || !options.checkQuorum || changes <= allowed,
      "LeaderStays",
      () => `${changes} elections in ${watched} election timeouts, with nothing wrong in the core`
    )
  }

  /** A server of the core that misses so much that it needs a snapshot, and comes back while clients go on. */
  private expectCatchUp(): void {
    const { world } = this
    const behind = this.dispensable()
    if (behind === undefined) return
    world.crash(behind)
    const isNeeded = () =>
      (world.leader?.server?.log.lastIncludedIndex ?? 0) > behind.disk.lastIndex(behind.disk.durable)
    world.run(world.now + missesFor * this.timeout, isNeeded)
    const wasNeeded = isNeeded()
    const target = world.driver.committed
    world.restart(behind)
    if (!wasNeeded) return
    const bound = catchUpWithin * this.timeout + catchUpFactor * catchUpMillis(world)
    const isBack = () => behind.machine.lastApplied >= target
    world.run(world.now + bound, isBack)
    check(
      isBack(),
      "CatchesUp",
      () =>
        `${behind.id} has applied ${behind.machine.lastApplied}, and was to reach ${target} in ${bound} ms`
    )
    world.caughtUp++
  }

  /** A member of the core that does not lead, and without which the rest of the core is still a quorum. */
  private dispensable(): Seat | undefined {
    const { world } = this
    const core = [...(world.core ?? [])]
    return memberSeats(world).find((seat) => {
      if (!seat.isAwake || seat === world.leader || !core.includes(seat.position)) return false
      const rest = core.filter((position) => position !== seat.position)
      return quorumAround(world, rest).size === rest.length
    })
  }

  /** An order that comes to nothing, to an outsider, must not keep a leader from its work (§3.10: an election timeout). */
  private expectTransferEnds(): void {
    const { core, leader, seats } = this.world
    const target = seats.find(({ position }) => core?.has(position) === false)
    if (leader === undefined || target === undefined) return
    const { now } = this.world
    this.world.post(leader, { _tag: "LeadershipTransferRequested", at: 0, id: now, target: target.id })
    this.world.run(now + this.timeout + slackMillis)
    this.expectCommit()
  }

  private expectStepDown(): void {
    const { world } = this
    const { leader } = world
    if (leader === undefined) return
    const term = leader.server!.currentTerm
    const mend = leaderAlone.begin(world, {
      at: world.now,
      lasts: 0,
      fault: "leaderAlone",
      servers: [leader.position],
      amount: 0
    })
    const leads = () => leader.server?.role._tag === "Leader" && leader.server.currentTerm === term
    world.run(world.now + stepDownWithin * this.timeout + slackMillis, () => !leads())
    check(
      !leads(),
      "LeaderStepsDown",
      () => `${leader.id} still leads term ${term}, alone for ${stepDownWithin} election timeouts`
    )
    mend()
    this.expectLeader()
  }

  /** Somebody of the core leads the newest term. */
  private hasLeader(): boolean {
    const { leader } = this.world
    return leader !== undefined && this.world.core?.has(leader.position) === true
  }
}

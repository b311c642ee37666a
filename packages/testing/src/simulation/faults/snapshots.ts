/**
 * A server misses so much that it has to be sent a snapshot and, once the first
 * chunks are there, something happens to it or to who sends it: what it is, the
 * amount says, and it lasts a few election timeouts.
 */
import type { Seat } from "../Seat.ts"
import type { World } from "../World.ts"
import { crash } from "./crash.ts"
import { drawBetween, drawTimes, type Fault, theLeader } from "./fault.ts"
import { cutLinks } from "./links.ts"
import { leaderAlone } from "./leaderAlone.ts"
import { pause } from "./pause.ts"
import { slowMachine } from "./slowMachine.ts"
import { stuckStorage } from "./stuckStorage.ts"
import { transfer } from "./transfer.ts"

/** How often the server is looked at (ms). */
const lookMillis = 2

/** What may happen in the middle, and whether to the receiver. A transfer of leadership has two senders follow one another. */
const strikes: ReadonlyArray<{ readonly fault: Fault; readonly hitsReceiver: boolean }> = [
  { fault: crash, hitsReceiver: true },
  { fault: crash, hitsReceiver: false },
  { fault: pause, hitsReceiver: true },
  { fault: pause, hitsReceiver: false },
  { fault: leaderAlone, hitsReceiver: true },
  { fault: leaderAlone, hitsReceiver: false },
  { fault: stuckStorage, hitsReceiver: true },
  { fault: slowMachine, hitsReceiver: true },
  { fault: transfer, hitsReceiver: false }
]

export const snapshots: Fault = {
  name: "snapshots",
  draw: (setting) =>
    drawTimes(setting, 12).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax * 4, setting.electionTimeoutMax * 20),
      fault: "snapshots",
      servers: [setting.random.below(setting.servers)],
      amount: setting.random.below(strikes.length)
    })),
  begin: (world, { amount, servers }) => {
    const behind = world.seats[servers[0] ?? 0]!
    const { position } = behind
    const ends = [cutLinks(world, (from, to) => from === position || to === position)]
    const endAll = (): void => ends.splice(0).forEach((end) => end())
    let phase: "Missing" | "Lagging" | "Over" = "Missing"
    const look = (): void => {
      if (phase === "Over") return
      if (phase === "Missing" && needsSnapshot(world, behind)) {
        endAll()
        phase = "Lagging"
      }
      if (phase === "Lagging" && behind.server?.snapshots.incoming !== undefined) {
        ends.push(strike(world, behind, amount))
        return
      }
      world.after(lookMillis, look)
    }
    look()
    return () => {
      phase = "Over"
      endAll()
    }
  }
}

/** Whoever leads has forgotten what comes next for this server. */
const needsSnapshot = ({ leader }: World, { server }: Seat): boolean =>
  leader?.server !== undefined &&
  server !== undefined &&
  leader.server.log.lastIncludedIndex > server.log.lastIndex

const strike = (world: World, behind: Seat, amount: number): (() => void) => {
  const { fault, hitsReceiver } = strikes[amount % strikes.length]!
  const timeout = world.plan.options.electionTimeoutMax
  const lasts = drawBetween(world.faultRandom, timeout / 4, timeout * 3)
  const hit = hitsReceiver ? behind.position : (world.leader?.position ?? theLeader)
  world.fire("snapshots")
  const end = fault.begin(world, {
    at: world.now,
    lasts,
    fault: fault.name,
    servers: [hit, behind.position],
    amount: fault === slowMachine ? timeout : 0
  })
  let isOn = true
  const endOnce = (): void => {
    if (isOn) end()
    isOn = false
  }
  world.after(lasts, endOnce)
  return endOnce
}

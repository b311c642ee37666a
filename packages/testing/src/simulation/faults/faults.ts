/**
 * Every fault there is. A new one is a file beside this one and a line below;
 * those that need a feature of the protocol (configuration changes, snapshots
 * sent to followers) come with it.
 */
import { bridge } from "./bridge.ts"
import { clockJump } from "./clockJump.ts"
import { clockRate } from "./clockRate.ts"
import { crash } from "./crash.ts"
import { crashAll } from "./crashAll.ts"
import { crashLoop } from "./crashLoop.ts"
import { deaf } from "./deaf.ts"
import { delay } from "./delay.ts"
import { duplication } from "./duplication.ts"
import { eachAlone } from "./eachAlone.ts"
import { failedReads } from "./failedReads.ts"
import { failedStorage } from "./failedStorage.ts"
import type { Fault } from "./fault.ts"
import { flapping } from "./flapping.ts"
import { foreignStorage } from "./foreignStorage.ts"
import { leaderAlone } from "./leaderAlone.ts"
import { loss } from "./loss.ts"
import { membership } from "./membership.ts"
import { mute } from "./mute.ts"
import { oneWay } from "./oneWay.ts"
import { partition } from "./partition.ts"
import { pause } from "./pause.ts"
import { reordering } from "./reordering.ts"
import { ring } from "./ring.ts"
import { slowMachine } from "./slowMachine.ts"
import { slowStorage } from "./slowStorage.ts"
import { snapshots } from "./snapshots.ts"
import { stall } from "./stall.ts"
import { stuckStorage } from "./stuckStorage.ts"
import { transfer } from "./transfer.ts"
import { unreachable } from "./unreachable.ts"

export const faults: ReadonlyArray<Fault> = [
  loss,
  duplication,
  reordering,
  delay,
  partition,
  leaderAlone,
  eachAlone,
  ring,
  bridge,
  oneWay,
  deaf,
  mute,
  flapping,
  unreachable,
  pause,
  crash,
  crashAll,
  clockRate,
  clockJump,
  slowStorage,
  stuckStorage,
  failedStorage,
  failedReads,
  slowMachine,
  transfer,
  snapshots,
  membership,
  foreignStorage,
  stall,
  crashLoop
]

export const faultNames: ReadonlyArray<string> = faults.map(({ name }) => name)

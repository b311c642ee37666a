/**
 * Seeds that once failed, each with what was wrong. They never leave the list: `simulate` draws the same run
 * from them for as long as the drawing does not change, and a similar one afterwards.
 */
import type { DrawOptions } from "../../src/simulation/simulation.ts"

export interface Regression {
  readonly seed: number
  readonly options: DrawOptions
  readonly cause: string
}

/** Plans that once failed, shrunk and kept whole in `plans`: they do not change with the drawing. */
export interface PlanRegression {
  readonly file: string
  readonly cause: string
}

export const planRegressions: ReadonlyArray<PlanRegression> = [
  {
    file: "staleAnswerAfterRestart.json",
    cause:
      "core: a request of a leader's earlier life, answered late, confirmed reads of its next one, whose numbers had begun anew"
  },
  {
    file: "promotedWithoutConfiguration.json",
    cause:
      "core: a learner was promoted before its log had come to any configuration, so it gave no vote; a demotion then made it one of two voters, and after a partition nobody could be elected"
  },
  {
    file: "promotedAndNeeded.json",
    cause: "core: as before, with a voter that was removed, and a network that flapped"
  },
  {
    file: "lateHeartbeatsAfterRestart.json",
    cause:
      "core: copies of heartbeats came late, to the next life of a follower, and named what its last had answered: its state looked as fresh as they did"
  }
]

export const regressions: ReadonlyArray<Regression> = [
  {
    seed: 60,
    options: { mode: "safety" },
    cause:
      "simulator: one entry per order to apply, and each read back from storage: the bound on settling knew nothing of catching up"
  },
  {
    seed: 82,
    options: { mode: "safety" },
    cause:
      "simulator: a snapshot is on disk before its server hears of it, which LogShape took for a lost entry"
  },
  {
    seed: 95,
    options: { mode: "liveness" },
    cause:
      "simulator: copies of a paused leader's heartbeats came for seconds after healing, and its followers waited for it as they should"
  },
  {
    seed: 144,
    options: { mode: "liveness" },
    cause: "simulator: the first commit needed the vote of a server that had 1,300 entries to catch up on"
  },
  {
    seed: 500,
    options: { mode: "liveness" },
    cause:
      "simulator: a flapping outsider led after the step-down, and clients that had nothing left to ask gave it nothing to show that by"
  }
]

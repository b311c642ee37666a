/**
 * The points in which the editions of the suite differ.
 */

export interface LabProfile {
  readonly name: "mit" | "bu"
  /** Whether a call over a cut link takes up to 7 s to fail, instead of up to 0.1 s. */
  readonly longDelays: boolean
  /** Whether entries without a command are no matter of the suite, or slots of the log like any other. */
  readonly commandlessEntries: "Ignored" | "Slots"
  /**
   * Whether the index before an applied one must have been applied by any life of the server, or the next
   * expected one by this life.
   */
  readonly contiguity: "AllLives" | "ThisLife"
  /** Whether an entry at or below the last one that this life applied is checked like any other, or passed over. */
  readonly repeatedEntries: "Checked" | "Ignored"
  /** The first index a new server may apply: at least this, at most 1. */
  readonly firstIndexMin: 0 | 1
  /** Which of a server's lives count when committed copies are counted. */
  readonly commitCount: "AllLives" | "ThisLife"
  /** What becomes of entries that a killed server still applies. */
  readonly deadServerEntries: "Recorded" | "Discarded"
  /** "no agreement if too many followers disconnect": the largest index allowed to the second command. */
  readonly secondIndexMax: 3 | 4
  /** "basic persistence" waits for index 4, or for the one that the preceding agreement returned. */
  readonly persistenceWait: "IndexFour" | "ReturnedIndex"
}

/** Harsher on the network. */
export const mit: LabProfile = {
  name: "mit",
  longDelays: true,
  commandlessEntries: "Ignored",
  contiguity: "AllLives",
  repeatedEntries: "Checked",
  firstIndexMin: 1,
  commitCount: "AllLives",
  deadServerEntries: "Recorded",
  secondIndexMax: 3,
  persistenceWait: "IndexFour"
}

/** Harsher on what is applied. */
export const bu: LabProfile = {
  name: "bu",
  longDelays: false,
  commandlessEntries: "Slots",
  contiguity: "ThisLife",
  repeatedEntries: "Checked",
  firstIndexMin: 0,
  commitCount: "ThisLife",
  deadServerEntries: "Discarded",
  secondIndexMax: 4,
  persistenceWait: "ReturnedIndex"
}

export const profiles = { mit, bu } as const

/**
 * An assertion of the suite that did not hold.
 */
import { Schema } from "effect"

/** Ends the test that it happens in. */
export class LabFailure extends Schema.TaggedError<LabFailure>()("LabFailure", {
  assertion: Schema.String,
  /** For failures that a look at the logs explains: what every server applied. */
  history: Schema.Array(Schema.String),
  /** For histories of clients that no order explains: a page that shows why. */
  picture: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return this.assertion
  }
}

export const labFailure = (assertion: string, history: ReadonlyArray<string> = []): LabFailure =>
  new LabFailure({ assertion, history })

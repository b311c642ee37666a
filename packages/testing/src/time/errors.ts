/**
 * How a program in virtual time can fail to come to an end.
 */
import { Schema } from "effect"

/** Scheduler tasks that may run while virtual time stands still. */
export const tasksPerInstantMax = 100_000

/** Nothing is ready to run and no timer is set, yet the program is not done. */
export class Deadlock extends Schema.TaggedError<Deadlock>()("Deadlock", {
  atMillis: Schema.Number
}) {
  override get message(): string {
    return `deadlock at ${this.atMillis} ms of virtual time: nothing is ready to run, no timer is set, and the program is not done (waiting for anything but Clock, such as a promise or a file, needs the real clock)`
  }
}

/** Time no longer passes because the program always has something to do. */
export class Livelock extends Schema.TaggedError<Livelock>()("Livelock", {
  atMillis: Schema.Number,
  tasksMax: Schema.Number
}) {
  override get message(): string {
    return `livelock at ${this.atMillis} ms of virtual time: more than ${this.tasksMax} scheduler tasks ran and time did not move`
  }
}

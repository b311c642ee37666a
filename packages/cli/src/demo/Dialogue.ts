/**
 * The two ends of a session: where its lines come from and its answers go.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { Answer, Form } from "./answer.ts"

/** The input broke off, which is not its end. */
export class InputFailed extends Schema.TaggedError<InputFailed>()("InputFailed", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `standard input cannot be read: ${String(this.cause)}`
  }
}

/** **Contract**: one session; its answers and its news come out whole and in order. */
export class Dialogue extends Context.Service<
  Dialogue,
  {
    readonly form: Form
    /** Asks for the next line each time one is pulled; ends with the input. */
    readonly lines: Stream.Stream<string, InputFailed>
    /** Waits until the answer has left. Once nobody listens it waits for ever. */
    readonly answer: (answer: Answer) => Effect.Effect<void>
    /** Tells what happened meanwhile, beside the answers. */
    readonly announce: (text: string) => Effect.Effect<void>
    /** Completes when the other side has gone: Ctrl-C on a terminal, a closed pipe behind standard output. */
    readonly hungUp: Effect.Effect<void>
  }
>()("@effect-raft/cli/Dialogue") {}

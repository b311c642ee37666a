/**
 * The conversation: reads a line, does what it says, answers, and so on. One
 * instruction at a time, in order.
 */
import { Effect, Ref, Result, Stream } from "effect"
import * as Answer from "./answer.ts"
import { Client } from "./Client.ts"
import { Cluster } from "./Cluster.ts"
import { Dialogue } from "./Dialogue.ts"
import type { Instruction } from "./instruction.ts"
import { parse } from "./parse.ts"

/**
 * Runs until the input ends, somebody quits or nobody listens any more.
 *
 * Gives whether it is a success: in a pipe, that every line was carried out. A
 * person has seen what was not.
 */
export const session = Effect.gen(function* () {
  const cluster = yield* Cluster
  const dialogue = yield* Dialogue
  const allDone = yield* Ref.make(true)

  yield* cluster.news.pipe(
    Stream.runForEach((news) => dialogue.announce(Answer.ofNews(news))),
    Effect.forkScoped
  )

  yield* dialogue.announce(Answer.greeting)

  const respond = Effect.fnUntraced(function* (line: string) {
    const instruction = parse(line)
    const answer = Result.isSuccess(instruction)
      ? yield* carryOut(instruction.success)
      : Answer.failed(instruction.failure)
    if (answer._tag !== "Done") yield* Ref.set(allDone, false)
    yield* dialogue.answer(answer)
    return { isOver: Result.isSuccess(instruction) && instruction.success._tag === "Quit" }
  })

  yield* dialogue.lines.pipe(
    Stream.filter((line) => line.trim() !== ""),
    Stream.mapEffect(respond),
    Stream.takeUntil(({ isOver }) => isOver),
    Stream.runDrain,
    Effect.raceFirst(dialogue.hungUp)
  )

  return dialogue.form === "Terminal" || (yield* Ref.get(allDone))
}).pipe(Effect.scoped)

const carryOut = Effect.fn("Session.carryOut")(function* (instruction: Instruction) {
  const cluster = yield* Cluster
  const client = yield* Client
  const { form } = yield* Dialogue

  switch (instruction._tag) {
    case "Propose":
      return yield* client.propose(instruction.command).pipe(
        Effect.map(Answer.ofResult),
        Effect.catchTag("OutcomeUnknown", (error) =>
          Effect.succeed(Answer.ofUnknown(instruction.command, error))
        ),
        Effect.catch((error) => Effect.succeed(Answer.failed(error.message)))
      )
    case "Status":
      return Answer.ofStatus(form, yield* cluster.status)
    case "Disconnect":
      return yield* Effect.as(cluster.disconnect(instruction.server), Answer.ok)
    case "Connect":
      return yield* Effect.as(cluster.connect(instruction.server), Answer.ok)
    case "Crash":
      return yield* Effect.as(cluster.crash(instruction.server), Answer.ok)
    case "Restart":
      return yield* cluster.restart(instruction.server).pipe(
        Effect.as(Answer.ok),
        Effect.catch((error) => Effect.succeed(Answer.failed(error.message)))
      )
    case "Transfer":
      return yield* client.transferTo(instruction.server).pipe(
        Effect.as(Answer.ok),
        Effect.catch((error) => Effect.succeed(Answer.failed(error.message)))
      )
    case "Help":
      return Answer.help(form)
    case "Quit":
      return Answer.done("bye")
  }
})

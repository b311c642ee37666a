import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Random, Stream } from "effect"
import { RaftOptions } from "effect-raft"
import { TestClock } from "effect/testing"
import type * as Answer from "../../src/demo/answer.ts"
import { Client } from "../../src/demo/Client.ts"
import { Cluster } from "../../src/demo/Cluster.ts"
import { Dialogue } from "../../src/demo/Dialogue.ts"
import { session } from "../../src/demo/session.ts"

interface Transcript {
  readonly answers: ReadonlyArray<string>
  readonly news: ReadonlyArray<string>
  readonly isSuccess: boolean
  readonly virtualSeconds: number
}

/** Runs a whole session on the real cluster in virtual time. */
const run = (...lines: ReadonlyArray<string>) => Random.withSeed(transcribe("Lines", lines), 1)

const transcribe = Effect.fnUntraced(function* (form: Answer.Form, lines: ReadonlyArray<string>) {
  const answers: Array<string> = []
  const news: Array<string> = []
  const dialogue = Layer.succeed(Dialogue, {
    form,
    lines: Stream.fromIterable(lines),
    answer: ({ text }) => Effect.sync(() => answers.push(text)),
    announce: (text) => Effect.sync(() => news.push(text)),
    hungUp: Effect.never
  })
  const fiber = yield* session.pipe(
    Effect.provide(Layer.merge(cluster, dialogue)),
    Effect.timed,
    Effect.forkChild({ startImmediately: true })
  )
  yield* TestClock.adjust(Duration.seconds(60))
  const [elapsed, isSuccess] = yield* Fiber.join(fiber)
  const transcript: Transcript = { answers, news, isSuccess, virtualSeconds: Duration.toSeconds(elapsed) }
  return transcript
})

const cluster = Client.layer.pipe(
  Layer.provideMerge(Cluster.layer),
  Layer.provide(RaftOptions.layer({ proposalTimeout: Duration.seconds(5) }))
)

const all = (word: string) => ["1", "2", "3"].map((server) => `${word} ${server}`)
const oks = (count: number) => Array.from({ length: count }, () => "ok")

/** The servers by role, as `status` shows them. */
const roles = (answer: string | undefined) =>
  (answer ?? "").split("; ").map((clause) => /role (\w+)/.exec(clause)?.[1] ?? "")

describe("a session", () => {
  it.effect("one answer for each command, in order; blank lines have none", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run(
        "put x 1",
        "",
        'append x " and 2"',
        "get x",
        "   ",
        "delete x",
        "get x",
        "delete x"
      )
      assert.deepStrictEqual(answers, ["ok", "ok", '"1 and 2"', "ok", "(not found)", "(not found)"])
      assert.isTrue(isSuccess)
    })
  )

  it.effect("a bad command is an error line, the session goes on, and its end tells", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run("put x 1", "frobnicate", "crash 4", "get x")
      assert.deepStrictEqual(answers, [
        "ok",
        'error: there is no command frobnicate; "help" lists them',
        "error: there is no server 4; they are 1, 2, 3",
        "1"
      ])
      assert.isFalse(isSuccess)
    })
  )

  it.effect("a person has seen the error, so a session on a terminal is a success all the same", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* transcribe("Terminal", ["frobnicate"])
      assert.include(answers[0], "error: ")
      assert.isTrue(isSuccess)
    })
  )

  it.effect("quit ends it there", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run("put x 1", "quit", "get x")
      assert.deepStrictEqual(answers, ["ok", "bye"])
      assert.isTrue(isSuccess)
    })
  )

  it.effect("thesis §3.10 transfer lets another server lead, and nothing is lost", () =>
    Effect.gen(function* () {
      const { answers, isSuccess, news } = yield* run(
        "put x 1",
        "transfer 3",
        "status",
        "get x",
        "transfer 1"
      )
      assert.deepStrictEqual([answers[0], answers[1], answers[3], answers[4]], ["ok", "ok", "1", "ok"])
      assert.deepStrictEqual(roles(answers[2]), ["follower", "follower", "leader"])
      assert.match(news.at(-1) ?? "", /^server 1 leads term/)
      assert.isTrue(isSuccess)
    })
  )

  it.effect("a transfer to a server that is down fails, and the leader leads on", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run("transfer 1", "crash 3", "transfer 3", "put x 1")
      assert.deepStrictEqual([answers[0], answers[1], answers[3]], ["ok", "ok", "ok"])
      assert.match(answers[2] ?? "", /^error: server 1 did not hand leadership to 3: it did not take over/)
      assert.isFalse(isSuccess)
    })
  )

  it.effect("§5.2 the election is told, and status shows one leader", () =>
    Effect.gen(function* () {
      const { answers, news } = yield* run("put x 1", "status")
      const leads = news.filter((text) => text.includes(" leads term "))
      assert.lengthOf(leads, 1)
      assert.deepStrictEqual(roles(answers[1]).toSorted(), ["follower", "follower", "leader"])
      const leader = 1 + roles(answers[1]).indexOf("leader")
      assert.match(leads[0] ?? "", new RegExp(`^server ${leader} leads`))
      assert.match(answers[1] ?? "", /commit index 2, log length 2/)
    })
  )
})

describe("faults", () => {
  it.effect("a put is served within seconds, whichever server is crashed, and survives", () =>
    Effect.gen(function* () {
      for (const server of ["1", "2", "3"]) {
        const { answers, virtualSeconds, isSuccess } = yield* run(
          "put x 1",
          `crash ${server}`,
          "append x 2",
          `restart ${server}`,
          "append x 3",
          "get x"
        )
        assert.deepStrictEqual(answers, [...oks(5), "123"])
        assert.isBelow(virtualSeconds, 5)
        assert.isTrue(isSuccess)
      }
    })
  )

  it.effect("each server may crash in turn: a minority at a time loses nothing", () =>
    Effect.gen(function* () {
      const turns = ["1", "2", "3"].flatMap((server) => [
        `crash ${server}`,
        `append x ${server}`,
        `restart ${server}`
      ])
      const { answers } = yield* run("put x 0", ...turns, "get x")
      assert.deepStrictEqual(answers, [...oks(10), "0123"])
    })
  )

  it.effect("all three may crash: what was acknowledged is there when they are back", () =>
    Effect.gen(function* () {
      const { answers } = yield* run(
        "put x 1",
        "put y 2",
        "delete y",
        ...all("crash"),
        "status",
        ...all("restart"),
        "get x",
        "get y"
      )
      assert.deepStrictEqual(roles(answers[6]), ["crashed", "crashed", "crashed"])
      assert.deepStrictEqual(answers.slice(-2), ["1", "(not found)"])
    })
  )

  it.effect("crash and restart may be repeated; restart of a running server is a crash first", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run("put x 1", "crash 2", "crash 2", ...all("restart"), "get x")
      assert.deepStrictEqual(answers, [...oks(6), "1"])
      assert.isTrue(isSuccess)
    })
  )

  it.effect(
    "a server cut off is not asked, does not keep the others from going on, and is counted again later",
    () =>
      Effect.gen(function* () {
        for (const [cut, next] of [
          ["1", "2"],
          ["2", "3"],
          ["3", "1"]
        ]) {
          const { answers } = yield* run(
            "put x 1",
            `disconnect ${cut}`,
            "append x 2",
            "status",
            `connect ${cut}`,
            `disconnect ${next}`,
            "append x 3",
            "get x"
          )
          assert.deepStrictEqual(answers.toSpliced(3, 1), [...oks(6), "123"])
          assert.match(answers[3] ?? "", new RegExp(`server ${cut}, [^;]*connected no`))
        }
      })
  )

  it.effect("without a majority there is no leader: the error comes at once and says what to do", () =>
    Effect.gen(function* () {
      const { answers, isSuccess } = yield* run(
        ...all("crash"),
        "put x 1",
        "restart 1",
        "put x 2",
        "restart 2",
        "get x"
      )
      assert.strictEqual(
        answers[3],
        "error: no leader: 0 of 3 servers are up and connected, and a majority is 2; restart or connect one (status shows which)"
      )
      assert.include(answers[5], "error: no leader: 1 of 3 servers")
      assert.strictEqual(answers[7], "(not found)")
      assert.isFalse(isSuccess)
    })
  )
})

describe("§8 outcomes", () => {
  // Goal: a command that a leader took and could not get confirmed is neither a failure nor repeated.
  // Method: find the leader, take its followers away, append, bring them back, and count what was applied.
  it.effect("a leader alone cannot say what becomes of an append, and it is applied once", () =>
    Effect.gen(function* () {
      const { answers: found } = yield* run("put x 1", "status")
      const leader = roles(found[1]).indexOf("leader") + 1
      const followers = ["1", "2", "3"].filter((server) => server !== String(leader))

      // The same seed: the same leader.
      const { answers, isSuccess } = yield* run(
        "put x 1",
        "status",
        ...followers.map((server) => `crash ${server}`),
        "append x 2",
        "get x",
        // With one of them no other server than the one that holds the append can be elected (§5.4.1).
        `restart ${followers[0]}`,
        "get x",
        `restart ${followers[1]}`,
        "get x"
      )
      assert.strictEqual(roles(answers[1])[leader - 1], "leader")
      assert.match(answers[4] ?? "", /^unknown: server \d got no majority/)
      // Meanwhile it has noticed that it is alone, and leads no more.
      assert.match(answers[5] ?? "", /^error: no leader: 1 of 3 servers are up/)
      assert.deepStrictEqual([answers.at(-3), answers.at(-1)], ["12", "12"])
      assert.isFalse(isSuccess)
    })
  )
})

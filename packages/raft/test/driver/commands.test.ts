import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { applier } from "../../src/driver/apply.ts"
import * as Commands from "../../src/driver/commands.ts"
import { PendingProposals } from "../../src/driver/PendingProposals.ts"
import { SessionTable } from "../../src/driver/SessionTable.ts"
import { StateMachine, Superseded } from "../../src/index.ts"
import { entry } from "../support/peers.ts"
import { counting } from "../support/servers.ts"

/** One proposal pending at index 2 of term 1, and how it ended. */
const make = Effect.fnUntraced(function* () {
  const machine = yield* counting
  const pending = new PendingProposals({
    server: "s0",
    timeout: 1_000,
    timeoutOnceLost: 1_000,
    succeeded: () => {}
  })
  const ends: Array<Exit.Exit<unknown, unknown>> = []
  const id = pending.add(new Uint8Array(), (exit) => ends.push(exit))
  pending.takeUnstepped(0)
  pending.answered({ _tag: "Appended", id, index: logIndex(2), term: entry(2, 1, "").term })
  const commands = Commands.make("s0", machine)
  const table = new SessionTable<string>()
  return { apply: applier({ commands, machine, table, pending }), ends, pending }
})

const noOp = (index: number, of: number) => ({
  ...entry(index, of, ""),
  kind: "NoOp" as const,
  payload: new Uint8Array()
})

describe("applying", () => {
  it.effect("gives each waiting proposal the result of its own entry, entries without a command aside", () =>
    Effect.gen(function* () {
      const { apply, ends, pending } = yield* make()
      assert.strictEqual(yield* apply([noOp(1, 1), entry(2, 1, "mine"), entry(3, 1, "other")]), 3)
      assert.deepStrictEqual(ends, [Exit.succeed("1:mine")])
      assert.strictEqual(pending.size, 0)
    })
  )

  it.effect("a proposal whose place a later leader's no-op took is superseded at once", () =>
    Effect.gen(function* () {
      const { apply, ends, pending } = yield* make()
      yield* apply([entry(1, 1, "first"), noOp(2, 2)])
      assert.lengthOf(ends, 1)
      assert.instanceOf(yield* Effect.flip(ends[0]!), Superseded)
      assert.strictEqual(pending.size, 0)
    })
  )

  it.effect("a command that cannot be written is refused with the schema's reason", () =>
    Effect.gen(function* () {
      const machine = {
        ...(yield* counting),
        command: StateMachine.json(Schema.String.check(Schema.isMaxLength(3)))
      }
      const { encode } = Commands.make("s0", machine)
      const refused = yield* Effect.flip(Effect.fromResult(encode("long")))
      assert.strictEqual(refused._tag, "InvalidCommand")
      assert.include(refused.reason, "3")
      assert.deepStrictEqual(new TextDecoder().decode(yield* Effect.fromResult(encode("abc"))), '"abc"')
    })
  )
})

/**
 * Plans as text: what a failing run leaves behind, and what a replay begins
 * with.
 */
import { defaultServerOptions, type ServerOptions } from "@effect-raft/core"
import { Result, Schema } from "effect"
import { checkedProperties } from "./checkers/checkers.ts"
import { faultNames } from "./faults/faults.ts"
import type { Plan } from "./plan.ts"

const Span = Schema.Struct({ min: Schema.Int, max: Schema.Int })

/** Options that a later version has and an older plan does not name take their defaults. */
const Options = Schema.Record(Schema.String, Schema.Union([Schema.Number, Schema.Boolean]))

const PlanFile = Schema.Struct({
  seed: Schema.Int,
  mode: Schema.Literals(["safety", "liveness"]),
  servers: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
  spares: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 11 }))),
  pinsStorage: Schema.optionalKey(Schema.Boolean),
  millis: Schema.Int,
  options: Options,
  network: Schema.Struct({ delayMin: Schema.Int, delayMax: Schema.Int, isOrdered: Schema.Boolean }),
  sync: Span,
  apply: Span,
  read: Span,
  save: Schema.optionalKey(Span),
  machine: Schema.Literals(["volatile", "durable"]),
  tailEntriesMax: Schema.Int,
  workload: Schema.Struct({
    clients: Schema.Int,
    thinkMax: Schema.Int,
    operationsPerSecond: Schema.Int,
    timeout: Schema.Int,
    keys: Schema.Int,
    readsPerMille: Schema.Int,
    readsAnywherePerMille: Schema.Int,
    forwardsPerMille: Schema.optionalKey(Schema.Int),
    operationsMax: Schema.Int
  }),
  schedule: Schema.Array(
    Schema.Struct({
      at: Schema.Int,
      lasts: Schema.Int,
      fault: Schema.Literals(faultNames),
      servers: Schema.Array(Schema.Int),
      amount: Schema.Int
    })
  ),
  healing: Schema.NullOr(Schema.Struct({ at: Schema.Int, core: Schema.Array(Schema.Int) })),
  checkers: Schema.Union([Schema.Literals(["all", "none"]), Schema.Array(Schema.Literals(checkedProperties))])
})

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(PlanFile))

/** The plan of a text, or what is wrong with it. */
export const parsePlan = (text: string): Result.Result<Plan, string> => {
  const decoded = decode(text)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure.message)
  const file = decoded.success
  const unknown = Object.keys(file.options).find((name) => !Object.hasOwn(defaultServerOptions, name))
  if (unknown !== undefined) return Result.fail(`there is no option ${unknown}`)
  const { pinsStorage = false, save = { min: 0, max: 0 }, spares = 0 } = file
  return Result.succeed({
    ...file,
    pinsStorage,
    save,
    spares,
    options: { ...defaultServerOptions, ...file.options }
  })
}

/** One line. */
export const formatPlan = (plan: Plan): string => `${JSON.stringify(planFields(plan))}\n`

/** A plan as JSON holds it. Options at their defaults are left out: some are infinite, which JSON has no number for. */
export const planFields = (plan: Plan): object => ({ ...plan, options: changedOptions(plan.options) })

const changedOptions = (options: ServerOptions): Partial<ServerOptions> => {
  const defaults = new Map<string, unknown>(Object.entries(defaultServerOptions))
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== defaults.get(name)))
}

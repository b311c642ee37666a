/**
 * Why a trace is not a run that the specification allows.
 */

/** What was not allowed: the action it was about or, between actions, the rule. */
export class Rejection extends Error {
  override readonly name = "Rejection"
  readonly rule: string
  readonly detail: string

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`)
    this.rule = rule
    this.detail = detail
  }
}

/** Rejects the trace unless `holds`. */
export function demand(holds: boolean, rule: string, detail: string): asserts holds {
  if (!holds) throw new Rejection(rule, detail)
}

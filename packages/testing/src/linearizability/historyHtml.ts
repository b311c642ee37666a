/**
 * A picture of a history that cannot be explained, as a page that needs nothing
 * else: a lane for each client, the order that explains what can be explained
 * drawn through it, and the operations that no order explains in red.
 */
import type { HistoryOperation, Outcome } from "./history.ts"
import { type Bar, layOutPicture, type Picture } from "./picture.ts"
import type { SequentialModel } from "./sequentialModel.ts"
import type { Illegal } from "./verdict.ts"

export interface HistoryHtmlOptions {
  readonly title?: string
  /** The latest so many operations are drawn; 200 unless told. */
  readonly operationsMax?: number
}

export const historyHtml = <State, Operation, Result>(
  model: SequentialModel<State, Operation, Result>,
  verdict: Illegal<State, Operation, Result>,
  options?: HistoryHtmlOptions
): string => {
  const describe = describer(model)
  const picture = layOutPicture(verdict, options?.operationsMax ?? 200)
  const title = escape(options?.title ?? "A history that is not linearizable")
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${summary(model, verdict, describe)}
${legend}
${picture.omitted > 0 ? `<p>${picture.omitted} operations, older or later, are not drawn.</p>\n` : ""}<div class="scroll">
${drawing(picture, describe)}
</div>
</body>
</html>
`
}

type Describe<O, R> = (operation: HistoryOperation<O, R>) => string

const describer = <S, O, R>(model: SequentialModel<S, O, R>): Describe<O, R> => {
  const plain = (operation: O, outcome: Outcome<R>): string =>
    `${text(operation)} → ${outcome._tag === "Known" ? text(outcome.result) : "?"}`
  return (each) => {
    const outcome: Outcome<R> =
      each.status === "ok" ? { _tag: "Known", result: each.result } : { _tag: "Unknown" }
    return model.describe?.(each.operation, outcome) ?? plain(each.operation, outcome)
  }
}

const text = (value: unknown): string => JSON.stringify(value) ?? String(value)

const summary = <S, O, R>(
  model: SequentialModel<S, O, R>,
  { offending, operations, partition, prefix, state }: Illegal<S, O, R>,
  describe: Describe<O, R>
): string => {
  const where = partition === "" ? "" : ` of partition <code>${escape(text(partition))}</code>`
  const items = offending.map(
    (each) => `<li><code>${escape(`${describe(each)}, ${times(each)}`)}</code></li>`
  )
  const claim =
    offending.length === 1
      ? "After them there is no place for this operation:"
      : "After them there is no place for all of these operations:"
  return `<p>${operations.length} operations${where}. An order of ${prefix.length} of them explains all answers so far and
leads to the state <code>${escape(model.describeState?.(state) ?? text(state))}</code>. ${claim}</p>
<ul>${items.join("")}</ul>`
}

const times = (each: HistoryOperation<unknown, unknown>): string => {
  const end = each.status === "unknown" ? "never returned" : `returned at ${each.return} ns`
  return `client ${each.client}, called at ${each.call} ns, ${end}`
}

const columnWidth = 44
const laneHeight = 40
const barHeight = 24
const marginLeft = 90
const marginTop = 16

const x = (column: number): number => Math.round(marginLeft + column * columnWidth)
const y = (lane: number): number => marginTop + lane * laneHeight

const drawing = <O, R>(picture: Picture<O, R>, describe: Describe<O, R>): string => {
  const width = x(picture.columns)
  const height = y(picture.lanes.length)
  const lanes = picture.lanes.map((client, lane) => {
    const middle = y(lane) + barHeight / 2
    return `<line class="lane" x1="${marginLeft}" y1="${middle}" x2="${width}" y2="${middle}"/>
<text class="client" x="4" y="${middle + 4}">client ${escape(String(client))}</text>`
  })
  const points = picture.steps.map(({ column, lane }) => `${x(column)},${y(lane) + barHeight}`)
  const dots = picture.steps.map(({ column, lane, number }) => {
    const bottom = y(lane) + barHeight
    return `<circle class="step" cx="${x(column)}" cy="${bottom}" r="3"/><text class="number" x="${x(column)}" y="${bottom + 12}">${number}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...lanes,
    ...picture.bars.map((bar) => drawBar(bar, describe)),
    `<polyline class="order" points="${points.join(" ")}"/>`,
    ...dots,
    "</svg>"
  ].join("\n")
}

const drawBar = <O, R>(
  { end, isOpen, kind, lane, operation, start }: Bar<O, R>,
  describe: Describe<O, R>
): string => {
  const label = escape(describe(operation))
  const width = x(end) - x(start)
  const classes = `bar ${kind}${isOpen ? " open" : ""}`
  return `<g><title>${label}
${escape(times(operation))}, ${meaning[kind]}</title><rect class="${classes}" x="${x(start)}" y="${y(lane)}" width="${width}" height="${barHeight}" rx="4"/><svg x="${x(start)}" y="${y(lane)}" width="${width}" height="${barHeight}"><text class="label" x="5" y="16">${label}</text></svg></g>`
}

const meaning: Readonly<Record<Bar<unknown, unknown>["kind"], string>> = {
  Placed: "in the order",
  Offending: "cannot be placed",
  Unplaced: "not in the order",
  Failed: "refused: it had no effect"
}

const legend = `<p>${Object.entries(meaning)
  .map(([kind, words]) => `<span class="key ${kind}"></span> ${words}`)
  .join(" ")} <span class="key Unplaced open"></span> dashed: its outcome is unknown.
Numbered dots are the order; columns are instants, not lengths of time.</p>`

const style = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 24px; color: #1a1a1a; background: #fff }
h1 { font-size: 18px }
.scroll { overflow-x: auto; border: 1px solid #ddd; padding: 8px 0 }
.key { display: inline-block; width: 20px; height: 12px; margin-left: 12px; border: 1px solid #888; border-radius: 3px }
.bar { stroke: #557; stroke-width: 1 }
.Placed { fill: #cfe2ff; background: #cfe2ff }
.Offending { fill: #ff9d95; background: #ff9d95; stroke: #b00020; stroke-width: 2 }
.Unplaced { fill: #eee; background: #eee }
.Failed { fill: #fff; background: #fff; stroke: #bbb }
.open { stroke-dasharray: 5 3; border-style: dashed }
.lane { stroke: #e4e4e4; stroke-width: 1 }
.order { fill: none; stroke: #1b5e20; stroke-width: 1.5; stroke-opacity: 0.7 }
.step { fill: #1b5e20 }
.label { font-family: ui-monospace, monospace; font-size: 12px }
.client { font-size: 12px }
.number { font-size: 10px; fill: #1b5e20; text-anchor: middle }
`

/** Text as it may stand in an element or an attribute, without what no page may hold. */
const escape = (plain: string): string =>
  plain.replace(/[&<>"']|[^\P{Cc}\n\t]/gu, (character) => entities[character] ?? "\uFFFD")

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

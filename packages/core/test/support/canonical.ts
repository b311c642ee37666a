/**
 * A value as text: equal exactly when nothing that could be told from outside differs.
 *
 * Lists that share a growing backing array show only the part that belongs to them, since the rest is
 * another version's.
 */
import * as AppendList from "../../src/log/appendList.ts"

export const canonical = (value: unknown): string => JSON.stringify(plain(value))

const plain = (value: unknown): unknown => {
  if (value === undefined) return "undefined"
  if (typeof value === "number" && !Number.isFinite(value)) return String(value)
  if (value instanceof Uint8Array) return `bytes ${value.join(" ")}`
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  if (isAppendList(value)) return plain(AppendList.slice(value, 0, AppendList.size(value)))
  return Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => [name, plain(member)])
}

const isAppendList = (value: object): value is AppendList.AppendList<unknown> =>
  "backing" in value && "start" in value && "end" in value

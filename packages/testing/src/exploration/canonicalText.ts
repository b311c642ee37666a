/**
 * Any value of the model as one text, under a renaming of the servers: equal texts mean values that the
 * reducer cannot tell apart.
 *
 * The text follows the value's own shape, so that a field somebody adds is part of it without being named.
 * Lists that stand for sets (those whose items each name a server) come in the order of their texts.
 */
import type { Message, ServerId } from "@effect-raft/core"
import type { Host } from "./host.ts"

/** What each server is called instead. */
export type Renaming = ReadonlyMap<string, ServerId>

export const hostText = ({ disk, held, server, writes }: Host, renaming: Renaming): string => {
  const waiting = held.map((output) => text(output, renaming)).toSorted()
  // The options are the same for all.
  const own = { ...server, self: server.self.id }
  return [text(own, renaming), text(disk, renaming), text(writes, renaming), ...waiting].join("\n")
}

export const messageText = (message: Message, renaming: Renaming): string => text(message, renaming)

/** The text of plain data: numbers, texts, bytes, lists and objects of these. */
export const text = (value: unknown, renaming: Renaming): string => {
  if (typeof value === "string") return renaming.get(value) ?? value
  if (typeof value !== "object" || value === null) return String(value)
  if (value instanceof Uint8Array) return `<${value.join(".")}>`
  if (Array.isArray(value)) return listText(value, renaming)
  if (isVersion(value)) return listText(value.backing.slice(value.start, value.end), renaming)
  let fields = ""
  // Two makers of one shape may list its fields in different orders.
  for (const name of Object.keys(value).toSorted()) {
    const field = (value as Readonly<Record<string, unknown>>)[name]
    if (field !== undefined) fields += `${name}:${text(field, renaming)},`
  }
  return `{${fields}}`
}

const listText = (list: ReadonlyArray<unknown>, renaming: Renaming): string => {
  const texts = list.map((item) => text(item, renaming))
  const isSet = list.length > 0 && list.every((item) => namesServer(item, renaming))
  return `[${(isSet ? texts.toSorted() : texts).join(",")}]`
}

const namesServer = (item: unknown, renaming: Renaming): boolean => {
  if (typeof item !== "object" || item === null) return false
  const { from, id } = item as { readonly from?: unknown; readonly id?: unknown }
  const name = id ?? from
  return typeof name === "string" && renaming.has(name)
}

/** A version of a list that shares its array with others: what lies outside `start`..`end` is not its own. */
const isVersion = (
  value: object
): value is { readonly backing: ReadonlyArray<unknown>; readonly start: number; readonly end: number } =>
  "backing" in value && Array.isArray(value.backing)

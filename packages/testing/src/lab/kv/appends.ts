/**
 * What a key holds after clients appended to it: `x CLIENT NUMBER y` for each
 * append.
 */
import { labFailure, type LabFailure } from "../LabFailure.ts"

export const appended = (client: number, number: number): string => `x ${client} ${number} y`

/** Every append of each client is there once, in that client's order. `counts[client]` is how many it made. */
export const appendsProblem = (
  value: string,
  counts: ReadonlyMap<number, number>
): LabFailure | undefined => {
  for (const [client, count] of counts) {
    let last = -1
    for (let number = 0; number < count; number++) {
      const wanted = appended(client, number)
      const at = value.indexOf(wanted)
      if (at < 0) return labFailure(`client ${client}: "${wanted}" is missing in ${shortened(value)}`)
      if (value.indexOf(wanted, at + 1) >= 0) {
        return labFailure(`client ${client}: "${wanted}" is there twice in ${shortened(value)}`)
      }
      if (at <= last)
        return labFailure(`client ${client}: "${wanted}" is in the wrong place in ${shortened(value)}`)
      last = at
    }
  }
  return undefined
}

const shortened = (value: string): string =>
  value.length <= 200 ? `"${value}"` : `"${value.slice(0, 200)}…" (${value.length} characters)`

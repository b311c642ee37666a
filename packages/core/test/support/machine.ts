/**
 * The state machine of a simulated server as bytes: it remembers the term of every entry it was given, and
 * its snapshot holds those.
 *
 * Every byte string is salted, so that chunks of two snapshots never pass for one.
 */

/** The state as bytes: the salt, and three bytes for each entry. */
export const machineBytes = (terms: ReadonlyArray<number>, salt: number): ReadonlyArray<number> => [
  salt & 255,
  ...terms.flatMap((term, position) => [term & 255, (position + 1) & 255, (salt + position) & 255])
]

/** The terms in these bytes, or what is wrong with them where they are of no single snapshot. */
export const termsIn = (bytes: ReadonlyArray<number>): ReadonlyArray<number> | string => {
  const [salt, ...records] = bytes
  if (salt === undefined) return []
  if (records.length % 3 !== 0) return `${bytes.length} bytes are no state`
  const terms: Array<number> = []
  for (let position = 0; position < records.length / 3; position++) {
    const [term, index, check] = records.slice(3 * position, 3 * position + 3)
    if (index !== ((position + 1) & 255)) return `record ${position + 1} says it is record ${index}`
    if (check !== ((salt + position) & 255)) return `record ${position + 1} is of another snapshot`
    terms.push(term!)
  }
  return terms
}

import { assert } from "@effect/vitest"

/** That `actual` has these fields with these values, whatever else it has. */
export const assertFields = (actual: object, expected: Readonly<Record<string, unknown>>): void => {
  const found = Object.fromEntries(
    Object.keys(expected).map((field) => [field, (actual as Readonly<Record<string, unknown>>)[field]])
  )
  assert.deepStrictEqual(found, expected)
}

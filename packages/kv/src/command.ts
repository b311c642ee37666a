/**
 * What a client may ask of the map, and what it is answered.
 *
 * Keys and values are any strings: `__proto__` and the empty string are keys
 * like all others. Reads are commands too and go through the log, so a `Get`
 * sees every write acknowledged before it was asked (§8, by the plainest of
 * means).
 */
import { Schema } from "effect"

/** A command as it is replicated. Its JSON form is what the log holds. */
export const KvCommand = Schema.TaggedUnion({
  /** Maps `key` to `value`, whatever it held. */
  Put: { key: Schema.String, value: Schema.String },
  /** Puts `value` behind what `key` holds; an absent key counts as empty. */
  Append: { key: Schema.String, value: Schema.String },
  Get: { key: Schema.String },
  Delete: { key: Schema.String }
})
export type KvCommand = typeof KvCommand.Type

/** The answer to an applied command. */
export const KvResult = Schema.TaggedUnion({
  /** To `Put` and `Append`: done. */
  Stored: {},
  /** To `Get`: the key is there and holds `value`. */
  Found: { value: Schema.String },
  /** To `Delete`: the key was there, and is no longer. */
  Deleted: {},
  /** To `Get` and `Delete`: the key is not there. */
  NotFound: {}
})
export type KvResult = typeof KvResult.Type

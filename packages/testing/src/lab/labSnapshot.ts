/**
 * What a snapshot holds in the tests with snapshots, as bytes.
 */
import { Schema } from "effect"
import type { AppliedSnapshot } from "./ApplyHistory.ts"

const Contents = Schema.Struct({
  index: Schema.Int,
  commands: Schema.Array(Schema.Union([Schema.Int, Schema.String]))
})

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })
const fromText = Schema.decodeUnknownSync(Schema.fromJsonString(Contents))

export const encodeSnapshot = (snapshot: AppliedSnapshot): Uint8Array =>
  encoder.encode(JSON.stringify(snapshot))

/** Throws on bytes that no server of the suite wrote. */
export const decodeSnapshot = (bytes: Uint8Array): AppliedSnapshot => fromText(decoder.decode(bytes))

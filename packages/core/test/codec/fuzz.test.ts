/**
 * Goal: no bytes make a decoder throw, hang or take more memory than they
 * justify.
 *
 * Method: noise, and frozen vectors with a few bytes replaced, cut or
 * lengthened, half of them with their length made true again, so that later
 * checks are reached. Whatever decodes must encode, without any invariant
 * broken, to the bytes that it came from, optional fields aside.
 */
import { assert, describe, it } from "@effect/vitest"
import { decodeConfiguration, encodeConfiguration } from "../../src/codec/configurationCodec.ts"
import type { Decoded } from "../../src/codec/decodeError.ts"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodeMessage } from "../../src/codec/encodeMessage.ts"
import { decodeEntry, encodeEntry } from "../../src/codec/entryCodec.ts"
import { decodeSessionCommand, encodeSessionCommand } from "../../src/codec/sessionCommandCodec.ts"
import { decodeSessions, encodeSessions } from "../../src/codec/sessionsCodec.ts"
import { toHex } from "./hex.ts"
import { randomBytes } from "./randomBytes.ts"
import { sessionCommandVectors, sessionsVectors } from "./sessionVectors.ts"
import { configurationVectors, entryVectors, messageVectors } from "./vectors.ts"

const rounds = 100_000
const noiseBytesMax = 200

/** Far above what a loaded machine needs; a decoder that hangs or works too hard passes it. */
const timeoutMillisMax = 30_000

describe("arbitrary bytes", () => {
  it("of pure noise are refused or decode, and never throw", { timeout: timeoutMillisMax }, () => {
    const outcomes = { decoded: 0, refused: 0 }
    const random = randomBytes(1)
    for (let round = 0; round < rounds; round++) {
      const bytes = random(randomBelow(random, noiseBytesMax))
      // Without a version that is known, nothing after it would be looked at.
      if (bytes.length > 0 && round % 8 !== 0) bytes[0] = 1
      count(outcomes, decodeAll(bytes))
    }
    assert.isAbove(outcomes.refused, rounds)
  })

  it("near what is valid are refused or decode, and never throw", { timeout: timeoutMillisMax }, () => {
    const outcomes = { decoded: 0, refused: 0 }
    const random = randomBytes(2)
    const seeds = [
      ...messageVectors,
      ...entryVectors,
      ...configurationVectors,
      ...sessionCommandVectors,
      ...sessionsVectors
    ].map(({ bytes }) => bytes)
    for (let round = 0; round < rounds; round++) {
      count(outcomes, decodeAll(mutated(seeds[round % seeds.length]!, random)))
    }
    // Both must be common, or the mutations are too wild or too tame to find anything.
    assert.isAbove(outcomes.decoded, rounds / 100)
    assert.isAbove(outcomes.refused, rounds / 10)
  })
})

type Outcomes = { decoded: number; refused: number }

const count = (outcomes: Outcomes, decoded: ReadonlyArray<Decoded<unknown>>): void => {
  for (const { _tag } of decoded) {
    if (_tag === "Ok") outcomes.decoded++
    else outcomes.refused++
  }
}

const decodeAll = (bytes: Uint8Array): ReadonlyArray<Decoded<unknown>> => {
  const message = decodeMessage(bytes)
  if (message._tag === "Ok") assertSays(bytes, encodeMessage(message.value))
  const entry = decodeEntry(bytes)
  if (entry._tag === "Ok") assertSays(bytes, encodeEntry(entry.value))
  const configuration = decodeConfiguration(bytes)
  if (configuration._tag === "Ok") assertSays(bytes, encodeConfiguration(configuration.value))
  const command = decodeSessionCommand(bytes)
  if (command._tag === "Ok") assertSays(bytes, encodeSessionCommand(command.value))
  const sessions = decodeSessions(bytes)
  if (sessions._tag === "Ok") assertSays(bytes, encodeSessions(sessions.value))
  return [message, entry, configuration, command, sessions]
}

/** What was decoded takes no more bytes than it came from and, without optional fields, the same ones. */
const assertSays = (bytes: Uint8Array, again: Uint8Array): void => {
  if (again.length > bytes.length) assert.fail(`${toHex(bytes)} gave more than it holds: ${toHex(again)}`)
  if (again.length < bytes.length) return
  if (Buffer.compare(bytes, again) !== 0) assert.fail(`${toHex(bytes)} means the same as ${toHex(again)}`)
}

const randomBelow = (random: (length: number) => Uint8Array, limit: number): number => {
  const [high, low] = random(2) as unknown as readonly [number, number]
  return ((high << 8) | low) % limit
}

const mutated = (seed: Uint8Array, random: (length: number) => Uint8Array): Uint8Array => {
  const cut = randomBelow(random, 4) === 0 ? randomBelow(random, seed.length + 1) : seed.length
  const tail = randomBelow(random, 4) === 0 ? random(randomBelow(random, 40)) : new Uint8Array(0)
  const bytes = Uint8Array.of(...seed.subarray(0, cut), ...tail)
  for (let change = randomBelow(random, 4); change > 0 && bytes.length > 0; change--) {
    const at = randomBelow(random, bytes.length)
    // Small numbers and extremes go further than noise in lengths, counts and kinds.
    const choices = [0, 1, 2, 0xff, 0x7f, bytes[at]! ^ (1 << randomBelow(random, 8)), random(1)[0]!]
    bytes[at] = choices[randomBelow(random, choices.length)]!
  }
  if (bytes.length >= 8 && randomBelow(random, 2) === 0) new DataView(bytes.buffer).setUint32(4, bytes.length)
  return bytes
}

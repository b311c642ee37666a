import { assert, describe, it } from "@effect/vitest"
import { decodeConfiguration, encodeConfiguration } from "../../src/codec/configurationCodec.ts"
import type { Decoded } from "../../src/codec/decodeError.ts"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodedMessageLength, encodeMessage } from "../../src/codec/encodeMessage.ts"
import { decodeEntry, encodedEntryLength, encodeEntry } from "../../src/codec/entryCodec.ts"
import type { Message } from "../../src/message.ts"
import { configurations, entries, messages } from "./generators.ts"

const runs = { arbitrary: { runs: 400 } }

describe("decode ∘ encode is the identity", () => {
  for (const tag of Object.keys(messages) as Array<Message["_tag"]>) {
    it.prop(
      `of every ${tag}, whose length is the announced one`,
      { message: messages[tag] },
      ({ message }) => {
        const bytes = encodeMessage(message)
        assert.strictEqual(bytes.length, encodedMessageLength(message))
        assertDecodesTo(decodeMessage(bytes), message)
        // Not from the memory it was encoded into either, nor from the start of a buffer.
        const elsewhere = new Uint8Array(bytes.length + 3)
        elsewhere.set(bytes, 3)
        assertDecodesTo(decodeMessage(elsewhere.subarray(3)), message)
      },
      runs
    )
  }

  it.prop(
    "of every entry, whose length is the announced one",
    { entry: entries },
    ({ entry }) => {
      const bytes = encodeEntry(entry)
      assert.strictEqual(bytes.length, encodedEntryLength(entry))
      assertDecodesTo(decodeEntry(bytes), entry)
    },
    runs
  )

  it.prop(
    "of every configuration",
    { configuration: configurations },
    ({ configuration }) => {
      assertDecodesTo(decodeConfiguration(encodeConfiguration(configuration)), configuration)
    },
    runs
  )
})

const assertDecodesTo = <T>(decoded: Decoded<T>, expected: T): void => {
  assert.deepStrictEqual(decoded, { _tag: "Ok", value: expected })
}

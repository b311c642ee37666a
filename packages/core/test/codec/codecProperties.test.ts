import { assert, describe, it } from "@effect/vitest"
import { decodeConfiguration, encodeConfiguration } from "../../src/codec/configurationCodec.ts"
import type { Decoded } from "../../src/codec/decodeError.ts"
import { decodeMessage } from "../../src/codec/decodeMessage.ts"
import { encodedMessageLength, encodeMessage } from "../../src/codec/encodeMessage.ts"
import { decodeEntry, encodedEntryLength, encodeEntry } from "../../src/codec/entryCodec.ts"
import { decodeSessionCommand, encodeSessionCommand } from "../../src/codec/sessionCommandCodec.ts"
import type { Message } from "../../src/message.ts"
import type { SessionCommand } from "../../src/sessions/sessionCommand.ts"
import { configurations, entries, messages, sessionCommands } from "./generators.ts"

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

  for (const tag of Object.keys(sessionCommands) as Array<SessionCommand["_tag"]>) {
    it.prop(
      `of every session command (${tag})`,
      { command: sessionCommands[tag] },
      ({ command }) => {
        assertDecodesTo(decodeSessionCommand(within(encodeSessionCommand(command))), command)
      },
      runs
    )
  }

  it.prop(
    "of every configuration",
    { configuration: configurations },
    ({ configuration }) => {
      assertDecodesTo(decodeConfiguration(within(encodeConfiguration(configuration))), configuration)
    },
    runs
  )
})

const assertDecodesTo = <T>(decoded: Decoded<T>, expected: T): void => {
  assert.deepStrictEqual(decoded, { _tag: "Ok", value: expected })
}

/** The same bytes in the middle of a larger buffer, where others stand before and after them. */
const within = (bytes: Uint8Array): Uint8Array => {
  const larger = new Uint8Array(bytes.length + 8).fill(0xff)
  larger.set(bytes, 3)
  return larger.subarray(3, bytes.length + 3)
}

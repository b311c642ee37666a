import { assert, describe, it } from "@effect/vitest"
import { decodeConfiguration, encodeConfiguration } from "../../src/codec/configurationCodec.ts"
import { ok } from "../../src/codec/decodeError.ts"
import * as Configuration from "../../src/configuration.ts"
import { type ServerId, serverId } from "../../src/ids.ts"
import { InvariantViolation } from "../../src/invariant.ts"
import { fromHex, patched, spliced, toHex, withLength } from "./hex.ts"
import { bitFlipFindings, prefixFindings, type Refusal, refusalOf } from "./refusals.ts"
import { configurationVectors } from "./vectors.ts"

/** Two members: a voter at byte 12, whose id is at byte 30, and a learner at byte 39. */
const { value: both, bytes } = configurationVectors[1]!

/** A voter at byte 12 that leaves for a learner-to-be at byte 32, which votes until then and is at byte 52. */
const { bytes: joint } = configurationVectors[2]!

describe("configurations of version 1", () => {
  for (const { name, value, bytes } of configurationVectors) {
    it(`${name} encodes to its frozen bytes and back`, () => {
      assert.strictEqual(toHex(encodeConfiguration(value)), toHex(bytes))
      assert.deepStrictEqual(decodeConfiguration(bytes), ok(value))
    })

    it(`${name}, cut short anywhere, is truncated`, () =>
      assert.deepStrictEqual(prefixFindings(decodeConfiguration, bytes), []))

    it(`${name}, with one bit flipped, is refused or says what its bits say`, () => {
      assert.deepStrictEqual(
        bitFlipFindings({ decode: decodeConfiguration, encode: encodeConfiguration }, bytes),
        []
      )
    })
  }

  it("keep nothing of the bytes they were decoded from", () => {
    const copy = bytes.slice()
    const decoded = decodeConfiguration(copy)
    copy.fill(0)
    assert.deepStrictEqual(decoded, ok(both))
  })

  it("skip optional fields of their own and of their members", () => {
    const ofAll = withLength(Uint8Array.of(...bytes, ...fromHex("0001 0001 ff")))
    assert.deepStrictEqual(decodeConfiguration(ofAll), ok(both))
    const ofOne = patched(spliced(bytes, { at: 39, removed: 0, hex: "0001 0001 ff" }), 12, "00000020")
    assert.deepStrictEqual(decodeConfiguration(withLength(ofOne)), ok(both))
    const ofJoint = withLength(Uint8Array.of(...joint, ...fromHex("0001 0001 ff")))
    assert.deepStrictEqual(decodeConfiguration(ofJoint), decodeConfiguration(joint))
  })
})

describe("a configuration", () => {
  /** One member, in as many bytes as two could take. */
  const roomy = encodeConfiguration({
    members: [Configuration.voter(serverId("s1"), { address: "a".repeat(30) })]
  })
  const withoutId = withLength(patched(spliced(bytes, { at: 30, removed: 2, hex: "" }), 12, "00000019 00"))
  const twice = withLength(Uint8Array.of(...patched(joint, 2, "0002"), ...joint.subarray(52)))

  const refusals: ReadonlyArray<Refusal> = [
    ["version 2, whatever follows", Uint8Array.of(2), "UnknownVersion", 0],
    ["leaving by itself what is not joint", patched(bytes, 1, "01"), "ReservedField", 1],
    ["a flag of no version", patched(joint, 1, "02"), "ReservedField", 1],
    ["an outgoing voter that is not there", patched(roomy, 2, "0001"), "Truncated", 62],
    ["more outgoing voters than bytes", patched(joint, 2, "ffff"), "Truncated", 0],
    ["an outgoing voter of whom it says nothing", patched(joint, 1, "00 0000"), "TagOutOfOrder", 52],
    ["an outgoing voter twice", twice, "DuplicateMember", 72],
    ["an outgoing voter who is a learner", patched(joint, 57, "01"), "UnknownKind", 57],
    ["an outgoing voter who is a witness", patched(joint, 57, "02"), "ReservedKind", 57],
    ["a byte more", Uint8Array.of(...bytes, 0), "TrailingBytes", 59],
    ["more members than bytes", patched(bytes, 8, "ffffffff"), "Truncated", 0],
    ["one member more than it has", patched(roomy, 8, "00000002"), "Truncated", 62],
    ["bytes after its last member", patched(bytes, 8, "00000001"), "TagOutOfOrder", 39],
    ["a member of no length", patched(bytes, 12, "00000000"), "Truncated", 12],
    ["a member longer than its bytes", patched(bytes, 12, "ffffffff"), "Truncated", 12],
    ["an address longer than its member", patched(bytes, 22, "ffff"), "Truncated", 12],
    ["an extension longer than its member", patched(bytes, 26, "ffffffff"), "Truncated", 12],
    ["bytes after a member's extension", patched(bytes, 26, "00000001"), "Truncated", 38],
    ["a witness", patched(bytes, 17, "02"), "ReservedKind", 17],
    ["a role of no version", patched(bytes, 17, "03"), "UnknownKind", 17],
    ["a member without an id", withoutId, "InvalidServerId", 30],
    ["a member whose id is none", patched(bytes, 30, "2020"), "InvalidServerId", 30],
    ["a member twice", patched(bytes, 57, "7331"), "DuplicateMember", 39],
    ["an address that is no text", patched(bytes, 32, "ff"), "InvalidText", 32],
    ["a storage id that is no text", patched(bytes, 35, "c0af"), "InvalidText", 35]
  ]

  for (const [claim, bytes, reason, offset] of refusals) {
    it(`is refused for ${claim}`, () => {
      assert.deepStrictEqual(refusalOf(decodeConfiguration(bytes)), [reason, offset])
    })
  }
})

const only = (rest: Parameters<typeof Configuration.voter>[1]): Configuration.Configuration => ({
  members: [Configuration.voter(serverId("s1"), rest)]
})

const jointWith = (outgoing: ReadonlyArray<ServerId>): Configuration.Configuration => ({
  ...only({}),
  outgoing: { members: outgoing.map((id) => Configuration.voter(id)), autoLeave: false }
})

/** What the compiler would not let through. */
const asVoter = Configuration.learner(serverId("s2")) as Configuration.Voter

describe("a configuration, when written,", () => {
  const broken: ReadonlyArray<readonly [claim: string, configuration: Configuration.Configuration]> = [
    ["a member twice", Configuration.ofVoters([serverId("s1"), serverId("s2"), serverId("s1")])],
    ["a witness", { members: [{ ...Configuration.voter(serverId("s1")), role: "Witness" }] }],
    ["half a priority", only({ priority: 0.5 })],
    ["a priority of more than 32 bits", only({ priority: 0x8000_0000 })],
    ["an address of more than 64 KiB", only({ address: "é".repeat(0x8000) })],
    ["a storage id of more than 64 KiB", only({ storageId: "a".repeat(0x1_0000) })],
    ["half a surrogate pair", only({ address: "\ud800" })],
    ["a second half without voters", jointWith([])],
    ["an outgoing voter twice", jointWith([serverId("s2"), serverId("s2")])],
    ["65,536 outgoing voters", jointWith(Array.from({ length: 0x1_0000 }, (_, n) => serverId(`s${n}`)))],
    ["a learner in its outgoing half", { ...only({}), outgoing: { members: [asVoter], autoLeave: true } }]
  ]

  for (const [claim, configuration] of broken) {
    it(`does not have ${claim}`, () =>
      assert.throws(() => encodeConfiguration(configuration), InvariantViolation))
  }

  it("has as much as its fields can say", () => {
    const largest = only({
      priority: -0x8000_0000,
      address: "a".repeat(0xffff),
      storageId: "b".repeat(0xffff)
    })
    assert.deepStrictEqual(decodeConfiguration(encodeConfiguration(largest)), ok(largest))
  })
})

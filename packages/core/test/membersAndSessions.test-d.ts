/**
 * Claims about the types of configurations and sessions: the compiler is the test.
 */
import { expectTypeOf, test } from "vitest"
import type {
  ConfigurationChange,
  Member,
  MemberChange,
  Outgoing,
  SessionCommand,
  SessionOutcome,
  Sessions,
  Voter
} from "../src/index.ts"

test("the outgoing half has no place for a learner", () => {
  expectTypeOf<Member>().not.toExtend<Voter>()
  expectTypeOf<Outgoing["members"][number]["role"]>().toEqualTypeOf<"Voter">()
})

test("the vocabulary of changes is closed", () => {
  expectTypeOf<ConfigurationChange["_tag"]>().toEqualTypeOf<"Simple" | "EnterJoint" | "LeaveJoint">()
  expectTypeOf<MemberChange["_tag"]>().toEqualTypeOf<"Add" | "Remove" | "Promote" | "Demote" | "Update">()
})

test("an update names neither id nor role", () => {
  expectTypeOf<keyof Extract<MemberChange, { readonly _tag: "Update" }>>().toEqualTypeOf<
    "_tag" | "id" | "priority" | "address" | "storageId" | "extension"
  >()
})

test("the vocabulary of sessions is closed", () => {
  expectTypeOf<SessionCommand["_tag"]>().toEqualTypeOf<"Register" | "Execute" | "KeepAlive" | "Close">()
  expectTypeOf<SessionOutcome<string>["_tag"]>().toEqualTypeOf<
    | "Registered"
    | "Answered"
    | "KeptAlive"
    | "Closed"
    | "SessionExpired"
    | "Acknowledged"
    | "TooManyUnacknowledged"
  >()
  expectTypeOf<Sessions.Admission<string>["_tag"]>().toEqualTypeOf<
    SessionOutcome<string>["_tag"] | "Execute" | "Executing"
  >()
})

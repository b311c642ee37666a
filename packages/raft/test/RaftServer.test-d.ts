import type { LogIndex, ServerId, Term } from "@effect-raft/core"
import { type Context, Effect, type Layer, type Scope, type Stream } from "effect"
import { expectTypeOf, test } from "vitest"
import type {
  AnswerForgotten,
  ChangeRefused,
  InvalidCommand,
  InvalidOptions,
  NoClockDriftBound,
  NotLeader,
  OutcomeUnknown,
  Overloaded,
  Persister,
  ReadTimedOut,
  Session,
  SessionExpired,
  StateMachine,
  StorageFailed,
  Stopped,
  Superseded,
  TooStale,
  TooManyUnacknowledged,
  TransferFailed,
  Transport,
  WrongStorage
} from "../src/index.ts"
import { RaftServer } from "../src/index.ts"

type Server = RaftServer.RaftServer<"command", "result">

declare const machine: StateMachine.StateMachine<"command", "result">
declare const tag: Context.Key<"Tag", Server>
declare const needy: Effect.Effect<typeof machine, "error", "needed" | Scope.Scope>

type Failures<Value> = Value extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
type Needs<Value> = Value extends Effect.Effect<infer _A, infer _E, infer R> ? R : never

test("make needs storage, a transport and a scope, and fails as StartError says", () => {
  const made = RaftServer.make({ id: "s0", stateMachine: machine })
  expectTypeOf<Effect.Success<typeof made>>().toEqualTypeOf<Server>()
  expectTypeOf<Failures<typeof made>>().toEqualTypeOf<InvalidOptions | WrongStorage | StorageFailed>()
  expectTypeOf<Needs<typeof made>>().toEqualTypeOf<Persister.Persister | Transport.Transport | Scope.Scope>()
})

test("layer needs what make needs, and what its state machine needs, but no scope", () => {
  const plain = RaftServer.layer(tag, { id: "s0", stateMachine: machine })
  expectTypeOf(plain).toEqualTypeOf<
    Layer.Layer<
      "Tag",
      InvalidOptions | WrongStorage | StorageFailed,
      Persister.Persister | Transport.Transport
    >
  >()
  const rich = RaftServer.layer(tag, { id: "s0", stateMachine: needy })
  expectTypeOf(rich).toEqualTypeOf<
    Layer.Layer<
      "Tag",
      InvalidOptions | WrongStorage | StorageFailed | "error",
      Persister.Persister | Transport.Transport | "needed"
    >
  >()
})

test("propose fails in exactly these ways, and needs nothing", () => {
  expectTypeOf<ReturnType<Server["propose"]>>().toEqualTypeOf<
    Effect.Effect<
      "result",
      NotLeader | Overloaded | InvalidCommand | Superseded | OutcomeUnknown | StorageFailed | Stopped
    >
  >()
  expectTypeOf<Parameters<Server["propose"]>>().toEqualTypeOf<[command: "command"]>()
})

test("a session repeats what may be repeated, and says what a retry cannot mend", () => {
  type Refusals = SessionExpired | AnswerForgotten | TooManyUnacknowledged
  type Opened = Session.Session<"command", "result">
  expectTypeOf<ReturnType<Server["openSession"]>>().toEqualTypeOf<
    Effect.Effect<Opened, RaftServer.ProposeError, Scope.Scope>
  >()
  expectTypeOf<ReturnType<Opened["propose"]>>().toEqualTypeOf<
    Effect.Effect<"result", RaftServer.ProposeError | Refusals>
  >()
  expectTypeOf<ReturnType<Server["sessions"]["propose"]>>().toEqualTypeOf<ReturnType<Opened["propose"]>>()
})

test("start never waits, so it has no outcome to be unsure of", () => {
  expectTypeOf<ReturnType<Server["start"]>>().toEqualTypeOf<
    Effect.Effect<
      { readonly index: LogIndex; readonly term: Term; readonly isLeader: boolean },
      Overloaded | InvalidCommand | StorageFailed | Stopped
    >
  >()
})

declare const server: Server

test("a read fails as its consistency says, and in no other way", () => {
  type Always = NotLeader | ReadTimedOut | StorageFailed | Stopped
  const query = Effect.succeed(1)
  expectTypeOf<Failures<ReturnType<typeof plain>>>().toEqualTypeOf<Always>()
  expectTypeOf<Failures<ReturnType<typeof asked>>>().toEqualTypeOf<Always>()
  expectTypeOf<Failures<ReturnType<typeof leased>>>().toEqualTypeOf<Always | NoClockDriftBound>()
  expectTypeOf<Failures<ReturnType<typeof stale>>>().toEqualTypeOf<Always | TooStale>()
  const plain = () => server.read(query)
  const asked = () => server.read(query, { consistency: "linearizable" })
  const leased = () => server.read(query, { consistency: "lease" })
  const stale = () => server.read(query, { consistency: { staleAtMost: "1 second" } })
})

test("transferLeadership says whether this server leads on", () => {
  expectTypeOf<ReturnType<Server["transferLeadership"]>>().toEqualTypeOf<
    Effect.Effect<void, NotLeader | TransferFailed | StorageFailed | Stopped>
  >()
})

test("changeConfiguration is refused for sure, or its outcome unknown", () => {
  expectTypeOf<ReturnType<Server["changeConfiguration"]>>().toEqualTypeOf<
    Effect.Effect<void, NotLeader | ChangeRefused | OutcomeUnknown | StorageFailed | Stopped>
  >()
})

test("looking at a server cannot fail; applied only ends", () => {
  expectTypeOf<Server["state"]>().toEqualTypeOf<
    Effect.Effect<{ readonly term: Term; readonly isLeader: boolean }>
  >()
  expectTypeOf<Server["status"]>().toEqualTypeOf<Effect.Effect<RaftServer.Status>>()
  expectTypeOf<Server["changes"]>().toEqualTypeOf<Stream.Stream<RaftServer.Change>>()
  expectTypeOf<Server["applied"]>().toEqualTypeOf<Stream.Stream<RaftServer.ApplyMsg<"command">>>()
  expectTypeOf<Server["stopped"]>().toEqualTypeOf<Effect.Effect<void, StorageFailed>>()
  expectTypeOf<Server["id"]>().toEqualTypeOf<ServerId>()
})

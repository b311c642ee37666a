/**
 * Tests of part kv on servers and maps that break one rule each.
 */
import { Effect } from "effect"
import { Transport } from "effect-raft"
import type { LabTest, MakeLabServer } from "../../src/index.ts"
import type { KvReply, KvRequest } from "../../src/lab/kv/kvServer.ts"
import { forgetful, honest, honestly, kvTestOn, mapThat, withoutSnapshots } from "./testMap.ts"

const named = (name: string): LabTest => kvTestOn(honest, name)

const oneKey = "concurrent append to same key, unreliable (3A)"
const onePartition = "progress in majority, none in minority, completion after heal (3A)"
const snapshotSize = "snapshot size is reasonable (3B)"

/** A test whose servers were changed. */
const withServers = (test: LabTest, change: (makeServer: MakeLabServer) => MakeLabServer): LabTest => ({
  ...test,
  prepare: (makeServer) => change(test.prepare!(makeServer))
})

type Answer = (
  request: KvRequest,
  execute: (request: KvRequest) => Effect.Effect<KvReply>
) => Effect.Effect<KvReply>

/** A test whose servers answer clerks otherwise. */
const answering = (test: LabTest, answer: Answer): LabTest =>
  withServers(
    test,
    (makeServer) => (options) =>
      Effect.map(makeServer(options), (server) => {
        const execute = server.handlers!["execute"]! as (request: KvRequest) => Effect.Effect<KvReply>
        return {
          ...server,
          handlers: { ...server.handlers, execute: (request) => answer(request as KvRequest, execute) }
        }
      })
  )

const done: KvReply = { _tag: "Done", value: "" }

const isWriteOf = ({ operation }: KvRequest, value: string): boolean =>
  operation.op === "put" && operation.value === value

/** Only the reader in the minority begins with a read. */
const isFirstRead = ({ operation, sequence }: KvRequest): boolean => operation.op === "get" && sequence === 1

/** Each client's eighth append is lost. */
export const appendsAreLost = (): LabTest =>
  kvTestOn(
    mapThat((state, command) =>
      command.value?.endsWith(" 7 y") === true ? state : honestly(state, command)
    ),
    "one client (3A)"
  )

/** One append is lost, and nobody reads before the end. */
export const oneAppendIsLost = (): LabTest =>
  kvTestOn(
    mapThat((state, command) => (command.value === "x 2 7 y" ? state : honestly(state, command))),
    oneKey
  )

/** Every copy of an operation counts as another one. */
export const retriesAreExecuted = (): LabTest => {
  let sequence = 0
  return answering(named(oneKey), (request, execute) => execute({ ...request, sequence: ++sequence }))
}

/** A read gives what the read before it found. */
export const readsAreStale = (): LabTest => {
  const found = new Map<string, KvReply>()
  return answering(
    named("unreliable net, restarts, partitions, random keys, many clients (3A)"),
    (request, execute) =>
      Effect.map(execute(request), (reply) => {
        if (request.operation.op !== "get" || reply._tag !== "Done") return reply
        const before = found.get(request.operation.key) ?? reply
        found.set(request.operation.key, reply)
        return before
      })
  )
}

/** Messages between servers take 15 ms. */
export const messagesAreSlow = (): LabTest =>
  withServers(
    named("ops complete fast enough (3A)"),
    (makeServer) => (options) =>
      makeServer(options).pipe(
        Effect.updateService(Transport.Transport, (transport) => ({
          ...transport,
          send: (messages) =>
            Effect.sleep("15 millis").pipe(
              Effect.andThen(transport.send(messages)),
              Effect.forkDetach,
              Effect.asVoid
            )
        }))
      )
  )

export const minorityWrites = (): LabTest =>
  answering(named(onePartition), (request, execute) =>
    isWriteOf(request, "15") ? Effect.succeed(done) : execute(request)
  )

export const minorityReads = (): LabTest =>
  answering(named(onePartition), (request, execute) =>
    isFirstRead(request) ? Effect.succeed(done) : execute(request)
  )

/** What the minority was asked to write is never answered. */
export const minorityWriteHangs = (): LabTest =>
  answering(named(onePartition), (request, execute) =>
    isWriteOf(request, "15") ? Effect.never : execute(request)
  )

/** What the minority was asked for is never answered. */
export const minorityReadHangs = (): LabTest =>
  answering(named(onePartition), (request, execute) =>
    isFirstRead(request) ? Effect.never : execute(request)
  )

/** What the minority was asked for is acknowledged after the partition, and not done. */
export const minorityLies = (): LabTest =>
  answering(named(onePartition), (request, execute) =>
    isWriteOf(request, "15") ? Effect.delay(Effect.succeed(done), "2500 millis") : execute(request)
  )

export const sessionsAreForgotten = (): LabTest =>
  answering(named("one client (3A)"), (request, execute) =>
    request.sequence === 30
      ? Effect.succeed<KvReply>({ _tag: "Refused", reason: "session 1 has ended" })
      : execute(request)
  )

/** An operation is answered with what a registration is. */
export const answersAreMixedUp = (): LabTest =>
  answering(named("one client (3A)"), (request, execute) =>
    request.sequence === 30 ? Effect.succeed<KvReply>({ _tag: "Registered", session: 30 }) : execute(request)
  )

export const logsAreNeverCompacted = (): LabTest => kvTestOn(withoutSnapshots(honest), snapshotSize)

/** Servers with snapshots, where there should be none. */
export const snapshotsAreTaken = (): LabTest => ({
  ...named("one client (3A)"),
  prepare: named("ops complete fast enough (3B)").prepare!
})

/** The map keeps all that was ever written. */
export const nothingIsForgotten = (): LabTest =>
  kvTestOn(
    mapThat((state, command) => ({
      ...honestly(state, command),
      [`old ${Object.keys(state).length}`]: command.value ?? ""
    })),
    snapshotSize
  )

export const snapshotsAreNotRestored = (): LabTest =>
  kvTestOn(forgetful(honest), "restarts, snapshots, one client (3B)")

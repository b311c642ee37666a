/**
 * Servers of the key/value map: `RaftServer`s that answer clerks.
 *
 * A clerk's command is executed once, however often it comes: the servers'
 * sessions see to that (§8, thesis §6.3).
 */
import { Effect, Queue, Random, Stream } from "effect"
import { Persister, RaftOptions, RaftServer, type StateMachine } from "effect-raft"
import type { LabApplied, MakeLabServer } from "../LabServer.ts"
import type { RpcHandlers } from "../rpc.ts"
import type { KvOperation, KvService } from "./KvService.ts"

/** What a clerk sends. */
export interface KvRequest {
  readonly session: number
  /** Number of the operation, counted by the clerk from 1; a retry repeats it. */
  readonly sequence: number
  readonly operation: KvOperation
}

export type KvReply =
  | { readonly _tag: "Registered"; readonly session: number }
  | { readonly _tag: "Done"; readonly value: string }
  /** It was not done here and now, or nobody knows: ask again, here or elsewhere. */
  | { readonly _tag: "TryAgain" }
  /** What no correct server says to a clerk that waits for each answer. */
  | { readonly _tag: "Refused"; readonly reason: string }

export interface KvServerOptions<Command, Result> {
  readonly service: KvService<Command, Result>
  /** Bytes of log after which a snapshot is due; `undefined`: there are no snapshots. */
  readonly raftStateMax: number | undefined
}

/** The shortest and the longest time that a disk takes for a write (ms). */
const diskDelayMin = 1
const diskDelayMax = 3

export const kvServers =
  <Command, Result>({ raftStateMax, service }: KvServerOptions<Command, Result>): MakeLabServer =>
  ({ id, servers }) =>
    Effect.gen(function* () {
      const applied = yield* Effect.acquireRelease(Queue.unbounded<LabApplied>(), Queue.shutdown)
      const machine = telling(yield* service.stateMachine, applied)
      const { snapshots: _none, ...withoutSnapshots } = machine
      const stateMachine = raftStateMax === undefined ? withoutSnapshots : machine
      const server = yield* RaftServer.make({ id, stateMachine, bootstrap: servers }).pipe(
        Effect.updateService(RaftOptions.RaftOptions, (chosen) => ({
          ...chosen,
          ...(raftStateMax !== undefined && { snapshotBytesMax: raftStateMax, trailingEntries: 0 })
        })),
        Effect.updateService(Persister.Persister, slow)
      )
      return {
        start: () => Effect.die(new Error("commands of part kv come from clerks")),
        state: server.state,
        stopped: server.stopped,
        applied: Stream.fromQueue(applied),
        handlers: handlersOf(server, service)
      }
    })

const handlersOf = <Command, Result>(
  { sessions }: RaftServer.RaftServer<Command, Result>,
  { command, valueOf }: KvService<Command, Result>
): RpcHandlers => ({
  register: () =>
    sessions.register.pipe(
      Effect.map((session): KvReply => ({ _tag: "Registered", session })),
      Effect.catch((error) => Effect.succeed(replyTo(error)))
    ),
  execute: (argument) => {
    const { operation, sequence, session } = argument as KvRequest
    // The clerk has had all answers before this one.
    return sessions.propose({ session, sequence, firstUnacknowledged: sequence }, command(operation)).pipe(
      Effect.map((result): KvReply => ({
        _tag: "Done",
        value: operation.op === "get" ? valueOf(result) : ""
      })),
      Effect.catch((error) => Effect.succeed(replyTo(error)))
    )
  }
})

const replyTo = (error: RaftServer.SessionCommandError): KvReply => {
  switch (error._tag) {
    case "NotLeader":
    case "Overloaded":
    case "Superseded":
    case "OutcomeUnknown":
    case "Stopped":
    case "StorageFailed":
      return { _tag: "TryAgain" }
    case "InvalidCommand":
    case "SessionExpired":
    case "AnswerForgotten":
    case "TooManyUnacknowledged":
      return { _tag: "Refused", reason: error.message }
  }
}

/** Reports through which index the map holds the log. */
const telling = <Command, Result>(
  machine: StateMachine.StateMachine<Command, Result>,
  applied: Queue.Queue<LabApplied>
): StateMachine.StateMachine<Command, Result> => ({
  ...machine,
  apply: (commands) =>
    Effect.tap(machine.apply(commands), () => {
      const last = commands.at(-1)
      return last === undefined
        ? Effect.void
        : Queue.offer(applied, { index: last.index, command: undefined })
    })
})

/** Without it commands would take no time at all, and clients that never pause would never let any pass. */
const slow = (persister: Persister.Persister["Service"]): Persister.Persister["Service"] => {
  const delay = Effect.flatMap(Random.nextIntBetween(diskDelayMin, diskDelayMax), (millis) =>
    Effect.sleep(millis)
  )
  return {
    ...persister,
    submit: (writes) => Effect.andThen(delay, persister.submit(writes)),
    saveSnapshot: (heading, bytes) => Effect.andThen(delay, persister.saveSnapshot(heading, bytes)),
    readSnapshot: (range) => Effect.andThen(delay, persister.readSnapshot(range))
  }
}

/**
 * What servers replicate in the tests with snapshots (§7): a service that holds
 * the commands themselves, and passes on to the suite all that it is given.
 *
 * The suite's own reader of what is applied asks for a snapshot after every
 * tenth entry. Here a server takes one by itself once it has applied ten entries
 * since the last, and keeps none of those that it stands for.
 */
import { Effect, Queue, Stream } from "effect"
import type { StateMachine } from "effect-raft"
import { type LabCommand, labStateMachine } from "./labCommand.ts"
import type { LabApplied, LabServer, MakeLabServer } from "./LabServer.ts"
import type { LabTest } from "./LabTest.ts"
import { decodeSnapshot, encodeSnapshot } from "./labSnapshot.ts"

/** Editions of the tests with snapshots: they differ in what a snapshot holds, and in the rules for what is applied. */
export type SnapshotEdition = "2021" | "2022"

/** Entries from one snapshot to the next. */
export const snapshotInterval = 10

/** Servers with this service, and the rules of the edition. */
export const withSnapshots = (edition: SnapshotEdition): Pick<LabTest, "prepare" | "rules"> => ({
  prepare: (makeServer) => recordingServers(makeServer, edition),
  rules:
    edition === "2021"
      ? { contiguity: "AllLives", repeatedEntries: "Ignored" }
      : { contiguity: "ThisLife", repeatedEntries: "Checked" }
})

const recordingServers =
  (makeServer: MakeLabServer, edition: SnapshotEdition): MakeLabServer =>
  (options) =>
    Effect.gen(function* () {
      const given = yield* Effect.acquireRelease(Queue.unbounded<LabApplied>(), Queue.shutdown)
      const stateMachine = recorder(edition, (applied) => void Queue.offerUnsafe(given, applied))
      const server = yield* makeServer({
        ...options,
        service: { stateMachine, snapshotEntries: snapshotInterval }
      })
      const stopped = Effect.raceFirst(server.stopped, mislabelled(server))
      return { ...server, applied: Stream.fromQueue(given), stopped }
    })

/** Holds all commands, or only the last one. */
const recorder = (
  edition: SnapshotEdition,
  tell: (applied: LabApplied) => void
): StateMachine.StateMachine<LabCommand, unknown> => {
  let index = 0
  let commands: Array<LabCommand> = []
  return {
    ...labStateMachine,
    apply: (committed) =>
      Effect.sync(() =>
        committed.map((entry) => {
          index = entry.index
          if (edition === "2021") commands = []
          commands.push(entry.command)
          tell({ index, command: entry.command })
        })
      ),
    snapshots: {
      capture: Effect.sync(() => ({ encode: Stream.succeed(encodeSnapshot({ index, commands })) })),
      restore: (pieces) =>
        Effect.map(Stream.runCollect(pieces), (collected) => {
          const snapshot = new Uint8Array(collected.flatMap((piece) => [...piece]))
          const restored = decodeSnapshot(snapshot)
          index = restored.index
          commands = [...restored.commands]
          tell({ index, command: undefined, snapshot })
        })
    }
  }
}

/** Dies of a snapshot that stands for another index than the server tells readers of its log. */
const mislabelled = (server: LabServer): Effect.Effect<never> =>
  Stream.runForEach(server.applied, ({ index, snapshot }) => {
    const inner = snapshot === undefined ? index : decodeSnapshot(snapshot).index
    return inner === index
      ? Effect.void
      : Effect.die(new Error(`a snapshot at index ${index} holds the state at index ${inner}`))
  }).pipe(Effect.andThen(Effect.never))

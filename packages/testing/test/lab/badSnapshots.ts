/**
 * Servers and disks that break one rule about snapshots each, for the suite to
 * catch.
 */
import { Log, logIndex, term } from "@effect-raft/core"
import { Effect, Queue, Stream } from "effect"
import { MemoryDisk, type StateMachine } from "effect-raft"
import {
  type LabApplied,
  type LabCommand,
  type LabDisk,
  labStateMachine,
  type LabStorage,
  type MakeLabServer,
  raftServer
} from "../../src/index.ts"

type Machine = StateMachine.StateMachine<LabCommand, unknown>

const honest = raftServer(Effect.succeed(labStateMachine))

/** Real servers that run the suite's service after `change`. */
const serving =
  (change: (machine: Machine, id: string) => Machine): MakeLabServer =>
  (options) => {
    const { id, service } = options
    if (service === undefined) return honest(options)
    return honest({ ...options, service: { ...service, stateMachine: change(service.stateMachine, id) } })
  }

/** Nobody ever takes a snapshot. */
export const logsAreNeverCompacted = serving(({ snapshots: _none, ...machine }) => machine)

/** Snapshots that come are stored, and never reach the service. */
export const snapshotsAreNotRestored = serving((machine) => ({
  ...machine,
  snapshots: { ...machine.snapshots!, restore: (bytes) => Stream.runDrain(bytes) }
}))

/** After a snapshot was restored, the first entry of the log is applied once more. */
export const firstEntryIsAppliedAgain = serving((machine) => ({
  ...machine,
  snapshots: {
    ...machine.snapshots!,
    restore: (bytes) =>
      Effect.andThen(machine.snapshots!.restore(bytes), Effect.asVoid(machine.apply([firstEntry])))
  }
}))

const firstEntry: StateMachine.CommittedCommand<LabCommand> = {
  index: logIndex(1),
  term: term(1),
  time: 0,
  command: 0
}

/** Every snapshot holds the state of the one before. */
export const snapshotsAreStale = serving((machine) => {
  let last: StateMachine.Captured | undefined
  return {
    ...machine,
    snapshots: {
      ...machine.snapshots!,
      capture: Effect.map(machine.snapshots!.capture, (captured) => {
        const before = last ?? captured
        last = captured
        return before
      })
    }
  }
})

/** Server 1's snapshots hold other commands than it was given. */
export const snapshotsHoldOtherCommands = serving((machine, id) => {
  if (id !== "s1") return machine
  return {
    ...machine,
    snapshots: {
      ...machine.snapshots!,
      restore: (bytes) =>
        machine.snapshots!.restore(
          Stream.map(bytes, (piece) =>
            new TextEncoder().encode(new TextDecoder().decode(piece).replace(/(\d+)\]/, "7]"))
          )
        )
    }
  }
})

/** Disks in memory that keep only `what` of them at a crash. */
const crashing = (
  keep: (contents: MemoryDisk.MemoryDisk["contents"]) => MemoryDisk.MemoryDisk["contents"]
): LabStorage => {
  const diskOf = (disk: MemoryDisk.MemoryDisk): LabDisk => ({
    open: Effect.sync(() => MemoryDisk.persister(disk)),
    copy: Effect.sync(() => {
      const copy = MemoryDisk.copy(disk)
      copy.contents = keep(copy.contents)
      return diskOf(copy)
    })
  })
  return { make: () => Effect.sync(() => diskOf(MemoryDisk.make())) }
}

/** Once there is a snapshot, a crash loses all entries after it. */
export const onlySnapshotsSurvive = crashing((contents) => {
  const { log, snapshot } = contents
  if (snapshot === undefined || snapshot.lastIncludedIndex === 0) return contents
  const kept = Log.truncate(log, logIndex(snapshot.lastIncludedIndex + 1))
  return { ...contents, log: Log.compact(kept, snapshot.lastIncludedIndex) }
})

/** A crash loses what the snapshot holds, and neither its place nor the log. */
export const snapshotsAreEmptied = crashing((contents) => ({
  ...contents,
  snapshot: contents.snapshot && { ...contents.snapshot, size: 0 },
  snapshotBytes: new Uint8Array(0)
}))

/** A leader applies what it accepts without waiting for anybody. */
export const leadersDoNotWait: MakeLabServer = (options) =>
  Effect.gen(function* () {
    const server = yield* honest(options)
    const accepted = yield* Queue.unbounded<LabApplied>()
    let through = 0
    return {
      ...server,
      start: (command) =>
        Effect.tap(server.start(command), ({ index, isLeader }) => {
          if (!isLeader || index <= through) return Effect.void
          through = index
          return Queue.offer(accepted, { index, command })
        }),
      applied: Stream.merge(
        Stream.fromQueue(accepted),
        Stream.filter(server.applied, ({ index }) => {
          const isNews = index > through
          through = Math.max(through, index)
          return isNews
        })
      )
    }
  })

/** Nobody takes the last command, whoever leads. */
export const lastCommandIsRefused: MakeLabServer = (options) =>
  Effect.map(honest(options), (server) => ({
    ...server,
    start: (command) =>
      Effect.map(server.start(command), (started) =>
        command === 104 ? { ...started, isLeader: false } : started
      )
  }))

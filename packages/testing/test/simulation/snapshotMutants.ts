/**
 * Reducers with one bug each in what they do with snapshots, and the property that each breaks.
 */
import { type Event, logIndex, type Output, type Server, step, term, writeId } from "@effect-raft/core"
import type { Checked, Step } from "../../src/simulation/simulation.ts"

export interface SnapshotMutant {
  readonly name: string
  readonly property: Checked
  readonly step: Step
}

const onOutput =
  (change: (output: Output, after: Server) => Output): Step =>
  (server, event) => {
    const [after, outputs] = step(server, event)
    return [after, outputs.map((output) => change(output, after))]
  }

const onEvent =
  (change: (event: Event, server: Server) => Event): Step =>
  (server, event) =>
    step(server, change(event, server))

export const snapshotMutants: ReadonlyArray<SnapshotMutant> = [
  {
    name: "a chunk is acknowledged before it is durable",
    property: "PersistBeforeReply",
    step: onOutput((output) =>
      output._tag === "SendMessage" && output.message._tag === "InstallSnapshotResponse"
        ? { ...output, after: writeId(0) }
        : output
    )
  },
  {
    name: "bytes of a damaged chunk are kept",
    property: "SnapshotSound",
    step: onOutput((output) =>
      output._tag === "Write" && output.chunk !== undefined && output.chunk.bytes.length > 0
        ? { ...output, chunk: { ...output.chunk, bytes: output.chunk.bytes.map((byte) => byte ^ 1) } }
        : output
    )
  },
  {
    name: "a snapshot takes back what is committed",
    property: "CommittedNeverRewritten",
    step: onOutput((output, { commitIndex }) =>
      output._tag === "Write" && output.chunk?.isLast === true && commitIndex > 10
        ? {
            ...output,
            chunk: {
              ...output.chunk,
              snapshot: { ...output.chunk.snapshot, lastIncludedIndex: logIndex(commitIndex - 10) }
            }
          }
        : output
    )
  },
  {
    name: "the log is forgotten before a snapshot covers it",
    property: "SnapshotSound",
    step: onOutput((output) =>
      output._tag === "CompactLog" ? { ...output, through: logIndex(output.through + 50) } : output
    )
  },
  {
    name: "a snapshot names a configuration that was in force elsewhere",
    property: "SnapshotSound",
    step: onOutput((output) =>
      output._tag === "TakeSnapshot"
        ? {
            ...output,
            snapshot: {
              ...output.snapshot,
              configuration: { members: output.snapshot.configuration.members.slice(1) }
            }
          }
        : output
    )
  },
  {
    name: "a follower takes in a snapshot of what nobody committed",
    property: "SnapshotSound",
    step: onEvent((event) =>
      event._tag === "MessageReceived" && event.message._tag === "InstallSnapshotRequest"
        ? {
            ...event,
            message: {
              ...event.message,
              snapshot: { ...event.message.snapshot, lastIncludedTerm: term(event.message.term + 1) }
            }
          }
        : event
    )
  }
]

import type { ServerId } from "../../src/ids.ts"
import type { Message } from "../../src/message.ts"
import type { Output, Write } from "../../src/output.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

interface Issued {
  readonly last: number
  readonly lastHardState: number
}

/**
 * Promises wait for the latest write of all; everything else that leaves waits for the latest write of the
 * hard state and for no log write, so that a slow disk neither delays contact nor the followers' disks.
 * Writes are numbered without a gap, and outputs for the driver itself wait for nothing.
 */
export const afterNamesTheWrite = (): Observer => {
  const issuedBy = new Map<ServerId, Issued>()
  return {
    restarted: (_, host) => {
      issuedBy.set(host.id, { last: 0, lastHardState: 0 })
    },
    stepped: (step) => {
      const before = issuedBy.get(step.host.id)!
      const issued = count(before, step)
      issuedBy.set(step.host.id, issued)
      for (const output of step.outputs) {
        if (output._tag === "Write") continue
        const expected = expectedAfter(output, isOfTermBefore(step, output) ? before : issued)
        const what = output._tag === "SendMessage" ? output.message._tag : output._tag
        const wrong = () => `${what} of ${step.host.id} waits for ${output.after}, not ${expected}`
        check(output.after === expected, "AfterNamesTheWrite", wrong)
      }
    }
  }
}

/** Who is told to campaign says first that it heard so: in the term that it is about to leave, which needs no newer write. */
const isOfTermBefore = ({ after, before }: Stepped, output: Output): boolean =>
  output._tag === "SendMessage" &&
  output.message._tag === "TimeoutNowResponse" &&
  output.message.term <= before.currentTerm &&
  output.message.term < after.currentTerm

const count = (before: Issued, { host, outputs }: Stepped): Issued => {
  let { last, lastHardState } = before
  for (const output of outputs) {
    if (output._tag !== "Write") continue
    const { id } = output
    check(id === last + 1, "AfterNamesTheWrite", () => `${host.id} numbers a write ${id}, not ${last + 1}`)
    last = id
    if (output.hardState !== undefined) lastHardState = id
  }
  return { last, lastHardState }
}

const expectedAfter = (output: Exclude<Output, Write>, issued: Issued): number => {
  if (output._tag === "SendMessage") return waitsFor(output.message, issued)
  return output._tag === "SendSnapshot" ? issued.lastHardState : 0
}

const waitsFor = (message: Message, issued: Issued): number => {
  switch (message._tag) {
    case "RequestVoteRequest":
    case "AppendEntriesAccepted":
      return issued.last
    case "RequestVoteResponse":
      return message.voteGranted ? issued.last : issued.lastHardState
    case "InstallSnapshotResponse":
      return message.installed || message.nextOffset > 0 ? issued.last : issued.lastHardState
    case "InstallSnapshotRequest":
    case "PreVoteRequest":
    case "PreVoteResponse":
    case "TimeoutNowRequest":
    case "TimeoutNowResponse":
    case "ReadIndexRequest":
    case "ReadIndexResponse":
    case "ForwardProposalsRequest":
    case "ForwardProposalsResponse":
    case "AppendEntriesRequest":
    case "AppendEntriesRefused":
    case "HeartbeatRequest":
    case "HeartbeatResponse":
      return issued.lastHardState
  }
}

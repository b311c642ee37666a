/**
 * L7: whatever a server is asked, it answers in time, as long as it lives and is
 * not stopped: changes of the configuration, and proposals that it does not
 * forward, in the step that takes them; those that it does, reads and transfers
 * by their deadline on its own clock. And every call of a client has ended by
 * the end of the run.
 */
import type { Event, Output, Server } from "@effect-raft/core"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"
import type { Operation } from "../Workload.ts"

const property = "CallsEnd"

/** What one life of a server was asked and has not answered, with the time by which it must (its own clock, ms). */
class OpenCalls {
  /** No deadline is earlier; some may be later than they were when this was noted. */
  private earliest = Infinity
  private readonly deadlines = new Map<string, number>()

  opened(call: string, deadline: number): void {
    this.deadlines.set(call, deadline)
    this.earliest = Math.min(this.earliest, deadline)
  }

  answered(call: string): void {
    this.deadlines.delete(call)
  }

  clear(): void {
    this.deadlines.clear()
    this.earliest = Infinity
  }

  /** Some call that should have been answered at this time. */
  overdue(now: number): string | undefined {
    if (now < this.earliest) return undefined
    this.earliest = Math.min(Infinity, ...this.deadlines.values())
    return now < this.earliest ? undefined : [...this.deadlines].find(([, deadline]) => deadline <= now)?.[0]
  }
}

export const callsEnd = (operations: () => ReadonlyArray<Operation>): Observer => {
  const open: Array<OpenCalls> = []
  const of = ({ position }: Seat): OpenCalls => (open[position] ??= new OpenCalls())
  const forget = (seat: Seat): void => of(seat).clear()
  return {
    stepped: ({ after, before, event, outputs, seat }) => {
      const calls = of(seat)
      // It takes no further part, and ends with this turn.
      if (after.storageFailed) return calls.clear()
      // The turn before this one ended with everything that was due.
      if (event.at > before.now) checkInTime(seat, calls.overdue(before.now))
      begin(calls, event, after)
      for (const output of outputs) answer(calls, output)
      if (event._tag === "CommandsProposed" || event._tag === "ConfigurationChangeRequested") {
        checkInTime(seat, calls.overdue(-Infinity))
      }
    },
    crashed: forget,
    restarted: forget,
    ended: () => {
      const waiting = operations().find(({ status }) => status === "open")
      check(waiting === undefined, property, () => `operation ${waiting?.number} never ended`)
    }
  }
}

const checkInTime = ({ id }: Seat, call: string | undefined): void =>
  check(call === undefined, property, () => `${id} has not answered ${call}`)

/** To be answered at once. */
const atOnce = -Infinity

const begin = (calls: OpenCalls, event: Event, { now, role, self }: Server): void => {
  switch (event._tag) {
    case "CommandsProposed": {
      const isForwarded = event.mayBeForwarded === true && role._tag !== "Leader"
      const deadline = isForwarded ? now + self.options.proposalTimeout : atOnce
      for (const { id } of event.proposals) calls.opened(`proposal ${id}`, deadline)
      return
    }
    case "ConfigurationChangeRequested":
      return calls.opened(`change ${event.id}`, atOnce)
    case "ReadRequested":
      for (const id of event.ids) calls.opened(`read ${id}`, now + self.options.readTimeout)
      return
    case "LeadershipTransferRequested":
      return calls.opened(`transfer ${event.id}`, now + self.options.electionTimeoutMax)
    case "TimeAdvanced":
    case "MessageReceived":
    case "WritesPersisted":
    case "LogRead":
    case "LogReadFailed":
    case "EntriesApplied":
    case "SnapshotTaken":
    case "SnapshotPersisted":
    case "SnapshotRestored":
    case "PeerUnreachable":
    case "StorageFailed":
      return
  }
}

const answer = (calls: OpenCalls, output: Output): void => {
  switch (output._tag) {
    case "AnswerProposals":
      for (const { id } of output.answers) calls.answered(`proposal ${id}`)
      return
    case "AnswerConfigurationChange":
      return calls.answered(`change ${output.id}`)
    case "AnswerReads":
      for (const { id } of output.answers) calls.answered(`read ${id}`)
      return
    case "AnswerTransfer":
      return calls.answered(`transfer ${output.id}`)
    case "Write":
    case "SendMessage":
    case "ApplyEntries":
    case "ReadLog":
    case "SendSnapshot":
    case "TakeSnapshot":
    case "InstallSnapshot":
    case "CompactLog":
    case "RoleChanged":
      return
  }
}

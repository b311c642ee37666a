/**
 * S14: a snapshot stands for exactly the committed log through its index, and
 * for the configuration in force there (§7); a server's snapshot never gives way
 * to an older one; and whose state machine took one in holds what it says.
 *
 * What a state machine must hold at an index comes from a replay of the
 * committed log, never from another server.
 */
import { type Entry, logIndex } from "@effect-raft/core"
import { decodeMachine, emptyMachine, KvMachine, payloadOf } from "../KvMachine.ts"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import type { StoredSnapshot } from "../VirtualDisk.ts"
import { check } from "../violation.ts"
import { isSameConfiguration } from "./configurationSafety.ts"
import type { Operation } from "../Workload.ts"

const property = "SnapshotSound"

export const snapshotSound = (ledger: Ledger, operations: () => ReadonlyArray<Operation>): Observer => {
  const digestAt = replay(ledger, operations)
  /** By seat, the end of its latest durable snapshot. */
  const latest: Array<number> = []
  const checkMachine = ({ id, machine }: Seat): void => {
    const { digest, lastApplied } = machine
    check(
      digest === digestAt(lastApplied),
      property,
      () => `${id} begins with a state machine at ${lastApplied} that is not what the log leads to`
    )
  }
  return {
    snapshotStored: (seat, snapshot) => {
      // One of the own state machine that came too late is not kept.
      const { lastIncludedIndex } = snapshot.metadata
      latest[seat.position] = Math.max(latest[seat.position] ?? 0, lastIncludedIndex)
      checkHeading(ledger, seat, snapshot)
      const { digest, lastApplied } = decodeMachine(snapshot.bytes)
      const isWhole = snapshot.bytes.length === snapshot.metadata.size
      const isSame = lastApplied === lastIncludedIndex && digest === digestAt(lastIncludedIndex)
      const what = () => `snapshot ${lastIncludedIndex} of ${seat.id}`
      check(isWhole, property, () => `${what()} lacks bytes`)
      check(isSame, property, () => `${what()} holds another state, that of ${lastApplied}`)
    },
    snapshotRestored: checkMachine,
    persisted: (seat) => neverBack(seat, latest),
    restarted: (seat) => {
      neverBack(seat, latest)
      checkMachine(seat)
    }
  }
}

const neverBack = ({ disk, id, position }: Seat, latest: ReadonlyArray<number>): void => {
  const known = latest[position] ?? 0
  check(
    disk.lastIncludedIndex >= known,
    property,
    () => `the snapshot of ${id} falls from ${known} to ${disk.lastIncludedIndex}`
  )
}

const checkHeading = (ledger: Ledger, seat: Seat, { metadata }: StoredSnapshot): void => {
  const { configuration, configurationIndex, lastIncludedIndex, lastIncludedTerm } = metadata
  const what = () => `snapshot ${lastIncludedIndex}:${lastIncludedTerm} of ${seat.id}`
  const commitment = ledger.committed[lastIncludedIndex]
  check(
    commitment?.term === lastIncludedTerm,
    property,
    () => `${what()} is not committed, but term ${commitment?.term} is`
  )
  const inForce = ledger.configurationAt(lastIncludedIndex)
  check(
    configurationIndex === inForce.index && isSameConfiguration(configuration, inForce.configuration),
    property,
    () => `${what()} names another configuration than the log, that at ${configurationIndex}`
  )
}

/** The digest of a state machine that holds the committed log through an index, as far as that is known. */
const replay = (
  ledger: Ledger,
  operations: () => ReadonlyArray<Operation>
): ((index: number) => number | undefined) => {
  const machine = new KvMachine(emptyMachine)
  const digests = [machine.digest]
  return (index) => {
    while (digests.length <= index) {
      const commitment = ledger.committed[digests.length]
      if (commitment === undefined) return undefined
      const { operation, term } = commitment
      const entry: Entry = {
        index: logIndex(commitment.index),
        term,
        kind: "Command",
        time: 0,
        payload: payloadOf(operation)
      }
      machine.apply(entry, operations()[operation - 1]?.command)
      digests.push(machine.digest)
    }
    return digests[index]
  }
}

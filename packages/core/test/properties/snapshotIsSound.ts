import { decodeConfiguration } from "../../src/codec/configurationCodec.ts"
import type { Configuration } from "../../src/configuration.ts"
import { canonical } from "../support/canonical.ts"
import type { Cluster, Host, Observer } from "../support/Cluster.ts"
import { termsIn } from "../support/machine.ts"
import { check } from "./property.ts"

/**
 * A snapshot is the state exactly at its index, of committed entries, from one server (§7); it never goes
 * back, and nothing is forgotten that it does not stand for. So is what a state machine takes in.
 */
export const snapshotIsSound = (): Observer => ({
  stepped: ({ after, before, cluster, host }) => {
    const index = (server: typeof after) => server.snapshots.latest?.lastIncludedIndex ?? 0
    check(
      index(after) >= index(before),
      property,
      () => `the snapshot of ${host.id} went back from ${index(before)} to ${index(after)}`
    )
    check(
      after.log.lastIncludedIndex <= index(after),
      property,
      () =>
        `${host.id} forgot its log through ${after.log.lastIncludedIndex}, its snapshot ends at ${index(after)}`
    )
    if (after.snapshots !== before.snapshots) checkStored(cluster, host)
  },
  persisted: checkStored,
  restarted: (cluster, host) => {
    checkStored(cluster, host)
    checkMachine(cluster, host)
  },
  restored: checkMachine
})

const property = "SnapshotIsSound"

/** What a crash would leave now: a snapshot of committed entries, whole, and a log that goes on after it. */
function checkStored(cluster: Cluster, { disk, id }: Host): void {
  const { entries, snapshot } = disk.durable
  if (snapshot === undefined) return
  const { lastIncludedIndex, lastIncludedTerm, size } = snapshot.metadata
  const what = () => `snapshot ${lastIncludedIndex}:${lastIncludedTerm} of ${id}`
  const first = entries[0]?.index ?? lastIncludedIndex + 1
  check(first <= lastIncludedIndex + 1, property, () => `${what()} is followed by entry ${first}`)
  check(
    snapshot.bytes.length === size,
    property,
    () => `${what()} has ${snapshot.bytes.length} of ${size} bytes`
  )
  const terms = termsIn(snapshot.bytes)
  if (typeof terms === "string") return check(false, property, () => `${what()}: ${terms}`)
  check(terms.length === lastIncludedIndex, property, () => `${what()} is the state at ${terms.length}`)
  check(isCommitted(cluster, terms), property, () => `${what()} holds what is not committed`)
  const expected = configurationAt(cluster, lastIncludedIndex)
  const isInForce = canonical(snapshot.metadata.configuration) === canonical(expected)
  check(isInForce, property, () => `${what()} has another configuration than was in force there`)
  const last = terms.at(-1) ?? 0
  check(last === Number(lastIncludedTerm), property, () => `${what()} ends with an entry of term ${last}`)
}

function checkMachine(cluster: Cluster, { applied, id, terms }: Host): void {
  check(
    applied === terms.length,
    property,
    () => `${id} took in ${terms.length} entries as those through ${applied}`
  )
  check(isCommitted(cluster, terms), property, () => `${id} took in what is not committed`)
}

/** The last configuration that was committed at or before an index. */
const configurationAt = ({ bootstrap, history }: Cluster, through: number): Configuration => {
  const entry = history.configurations
    .filter(({ index, term }) => index <= through && history.committed[index]?.term === term)
    .toSorted((left, right) => left.index - right.index)
    .at(-1)
  if (entry === undefined) return bootstrap
  const decoded = decodeConfiguration(entry.payload)
  if (decoded._tag === "DecodeError") throw new Error(decoded.text)
  return decoded.value
}

const isCommitted = ({ history }: Cluster, terms: ReadonlyArray<number>): boolean =>
  terms.every((term, position) => {
    const committed = history.committed[position + 1]
    return committed === undefined || Number(committed.term) === term
  })

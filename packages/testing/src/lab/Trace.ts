/**
 * What happened in a run, in order: a hash to compare runs by, and on request
 * every event.
 */
import type { LabCommand } from "./labCommand.ts"
import type { LinkEnd, Parcel } from "./parcel.ts"

/** `Sent`: a call was made; `Delivered`: its handler runs; `Replied`: the reply arrived; `Failed`: it never will. */
export type NetworkEvent = "Sent" | "Delivered" | "Replied" | "Failed"

/** What the harness does to a server. */
export type ClusterEvent = "Started" | "Crashed" | "Connected" | "Disconnected"

export type TraceEvent =
  | {
      readonly at: number
      readonly event: NetworkEvent
      readonly from: string
      readonly to: string
      readonly bytes: number
      readonly content: unknown
    }
  | { readonly at: number; readonly event: ClusterEvent; readonly server: number }
  | {
      readonly at: number
      readonly event: "Partitioned"
      readonly parts: ReadonlyArray<ReadonlyArray<number>>
    }
  | {
      readonly at: number
      readonly event: "Applied"
      readonly server: number
      readonly index: number
      readonly command: LabCommand | undefined
    }
  /** A snapshot took the place of everything through `index`. */
  | { readonly at: number; readonly event: "Restored"; readonly server: number; readonly index: number }

const networkCodes: Record<NetworkEvent, number> = { Sent: 1, Delivered: 2, Replied: 3, Failed: 4 }
const clusterCodes: Record<ClusterEvent, number> = { Started: 5, Crashed: 6, Connected: 7, Disconnected: 8 }
const appliedCode = 9
const restoredCode = 10
const partitionedCode = 11

export class Trace {
  private low = 0x811c9dc5
  private high = 0x01000193
  private readonly onEvent: ((event: TraceEvent) => void) | undefined

  constructor(onEvent?: (event: TraceEvent) => void) {
    this.onEvent = onEvent
  }

  network(at: number, event: NetworkEvent, end: LinkEnd, parcel: Parcel): void {
    this.mix(networkCodes[event])
    this.mixTime(at)
    this.mix(hashText(end.caller))
    this.mix(hashText(end.serverName))
    this.mix(parcel.bytes)
    this.mix(parcel.digest)
    this.onEvent?.({
      at,
      event,
      from: end.caller,
      to: end.serverName,
      bytes: parcel.bytes,
      content: parcel.value
    })
  }

  cluster(at: number, event: ClusterEvent, server: number): void {
    this.mix(clusterCodes[event])
    this.mixTime(at)
    this.mix(server)
    this.onEvent?.({ at, event, server })
  }

  partition(at: number, parts: ReadonlyArray<ReadonlyArray<number>>): void {
    this.mix(partitionedCode)
    this.mixTime(at)
    this.mix(hashText(JSON.stringify(parts)))
    this.onEvent?.({ at, event: "Partitioned", parts })
  }

  applied(at: number, server: number, index: number, command: LabCommand | undefined): void {
    this.mix(appliedCode)
    this.mixTime(at)
    this.mix(server)
    this.mix(index)
    this.mix(command === undefined ? 0 : typeof command === "number" ? command : hashText(command))
    this.onEvent?.({ at, event: "Applied", server, index, command })
  }

  restored(at: number, server: number, index: number): void {
    this.mix(restoredCode)
    this.mixTime(at)
    this.mix(server)
    this.mix(index)
    this.onEvent?.({ at, event: "Restored", server, index })
  }

  /** 16 hexadecimal digits that depend on every event and its time. */
  hash(): string {
    return hex(this.high) + hex(this.low)
  }

  /** Two lanes of FNV-1a over 32-bit words, each with its own prime. */
  private mix(word: number): void {
    this.low = Math.imul(this.low ^ word, 0x01000193)
    this.low ^= this.low >>> 15
    this.high = Math.imul(this.high ^ word, 0x85ebca6b)
    this.high ^= this.high >>> 13
  }

  private mixTime(at: number): void {
    const micros = Math.round(at * 1000)
    this.mix(micros | 0)
    this.mix(Math.floor(micros / 0x1_0000_0000))
  }
}

/** Hashes nobody reads. */
export const noTrace = new Trace()

/** FNV-1a of a text, 32 bits. */
export const hashText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let position = 0; position < text.length; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193)
  }
  return hash >>> 0
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0")

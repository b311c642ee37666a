/**
 * The payloads of a run's commands, cut out of a few large pieces of memory: an
 * array of bytes with memory of its own costs ten times as much to make.
 */
import { writePayload } from "./KvMachine.ts"

const payloadBytes = 4

const sliceBytes = 4096 * payloadBytes

export class Payloads {
  private slab = new Uint8Array(0)
  private used = 0

  /** The payload that stands for an operation. Its bytes are nobody else's. */
  of(number: number): Uint8Array {
    if (this.used === this.slab.length) {
      this.slab = new Uint8Array(sliceBytes)
      this.used = 0
    }
    const payload = new Uint8Array(this.slab.buffer, this.used, payloadBytes)
    this.used += payloadBytes
    return writePayload(payload, number)
  }
}

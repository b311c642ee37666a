/**
 * What a simulated server sends, and what of it waits for its write.
 */
import type { SendMessage, SendSnapshot } from "@effect-raft/core"
import type { Seat } from "./Seat.ts"

/** Storage confirmed more: what waited for it may leave. */
export const release = (seat: Seat, through: number): void => {
  seat.persistedThrough = through
  if (seat.held.length === 0) return
  const held = seat.held
  seat.held = []
  for (const send of held) {
    if (send.after <= through) dispatch(seat, send)
    else seat.held.push(send)
  }
}

/** At the end of the turn it leaves; a chunk as soon as storage has brought its bytes. */
export const dispatch = (seat: Seat, output: SendMessage | SendSnapshot): void => {
  if (output._tag === "SendMessage") seat.messages.add(output.message)
  else seat.chunks.push(output)
}

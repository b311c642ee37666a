/**
 * Answers that their receiver will never heed again.
 *
 * An answer of an older term is nothing (§5.1), and the term on a disk never falls: once that is newer, no
 * life of the receiver will take notice. States that differ in such messages alone are one.
 */
import { isRequest, type Message } from "@effect-raft/core"

/** From which term on its receiver's disk a message is nothing; never, for a request. */
export const nothingFrom = (message: Message): number => {
  if (isRequest(message)) return Infinity
  // This one answers by its number, which is the term that was asked about.
  if (message._tag === "PreVoteResponse") return Math.max(message.term + 1, message.sequence)
  return message.term + 1
}

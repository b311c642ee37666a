/**
 * What a message becomes on its way from one server of a benchmark to another:
 * itself, or what its codec makes of it.
 */
import {
  encodedMessageLength,
  type Message,
  readMessage,
  type Target,
  targetOf,
  writeMessage
} from "@effect-raft/core"

export const asItIs = (message: Message): Message => message

/**
 * Buffers as a connection has them: one that is filled anew for messages that
 * leave nothing behind, and slabs for those with entries, whose payloads stay
 * views of them. A chunk of a snapshot has a buffer of its own.
 */
const frame = targetOf(new ArrayBuffer(1024))
const slabBytes = 65_536
let slab = targetOf(new ArrayBuffer(slabBytes))
let used = 0

export const throughTheWire = (message: Message): Message => {
  if (message._tag === "AppendEntriesRequest") return throughSlab(message)
  if (message._tag !== "InstallSnapshotRequest") return readBack(frame, 0, writeMessage(frame, 0, message))
  const own = targetOf(new ArrayBuffer(encodedMessageLength(message)))
  return readBack(own, 0, writeMessage(own, 0, message))
}

const throughSlab = (message: Message): Message => {
  const length = encodedMessageLength(message)
  if (used + length > slabBytes) {
    slab = targetOf(new ArrayBuffer(slabBytes))
    used = 0
  }
  const start = used
  used = writeMessage(slab, start, message)
  return readBack(slab, start, used)
}

const readBack = (target: Target, start: number, end: number): Message => {
  const decoded = readMessage(target.view, start, end)
  if (decoded._tag === "DecodeError") throw new Error(`the codec refused its own message: ${decoded.text}`)
  return decoded.value
}

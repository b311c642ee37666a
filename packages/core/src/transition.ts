/**
 * The shape of every handler's result, and what results are made of.
 */
import type { Sequence, ServerId, WriteId } from "./ids.ts"
import type { Header, Message, Request } from "./message.ts"
import type { Output, SendMessage } from "./output.ts"
import type { Server } from "./server.ts"

export type Transition = readonly [server: Server, outputs: ReadonlyArray<Output>]

/** No outputs. One array for all, since most steps have none. */
export const none: ReadonlyArray<Output> = []

export const unchanged = (server: Server): Transition => [server, none]

/** One more output. Lists are short, and a literal costs a third of a grown array. */
export const added = (outputs: ReadonlyArray<Output>, output: Output): ReadonlyArray<Output> => {
  if (outputs.length === 0) return [output]
  if (outputs.length === 1) return [outputs[0]!, output]
  return [...outputs, output]
}

export const send = (message: Message, after: WriteId): SendMessage => ({
  _tag: "SendMessage",
  after,
  message
})

/** The header of a request. */
export const requestHeader = (server: Server, to: ServerId, sequence: Sequence): Header => ({
  group: server.self.group,
  from: server.self.id,
  incarnation: server.self.incarnation,
  to,
  term: server.currentTerm,
  sequence
})

/** The header of a response to `request`. */
export const responseHeader = (server: Server, request: Request): Header => ({
  group: server.self.group,
  from: server.self.id,
  incarnation: server.self.incarnation,
  to: request.from,
  term: server.currentTerm,
  sequence: request.sequence
})

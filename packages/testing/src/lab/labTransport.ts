/**
 * A server's `Transport` over the laboratory's network.
 *
 * A request message is a call and its response message the reply, paired by
 * caller and sequence. The handler of a call has returned when the server
 * sends its response, that is, when the write that the response waits for
 * released it.
 */
import { encodedMessageLength, isRequest, type Message, type Request, type Response } from "@effect-raft/core"
import { Effect, Queue, Stream } from "effect"
import type { Transport } from "effect-raft"
import type { LabNetwork, NetworkServer } from "./LabNetwork.ts"
import type { LinkEnd, Parcel } from "./parcel.ts"
import { hashText } from "./Trace.ts"

type TransportShape = Transport.Transport["Service"]

export interface LabTransportOptions {
  readonly network: LabNetwork
  /** The server's link ends, by the id of the server they lead to. */
  readonly ends: ReadonlyMap<string, LinkEnd>
  /** Carries what the network lets through, instead of handing it over directly. */
  readonly carrier: TransportShape | undefined
}

export interface LabTransport {
  readonly transport: TransportShape
  /** To be registered with the network once the server runs. */
  readonly networkServer: NetworkServer
}

/** A request that reached this server and waits for its response. */
interface OpenCall {
  readonly request: Request
  readonly answer: (reply: Parcel) => void
}

/** Runs until the scope closes; what arrives later is nobody's. */
export const make = Effect.fnUntraced(function* (options: LabTransportOptions) {
  const { network, ends, carrier } = options
  const context = yield* Effect.context()
  const runFork = Effect.runForkWith(context)
  const inbox = yield* Effect.acquireRelease(Queue.unbounded<Transport.Inbound>(), Queue.shutdown)
  const openCalls = new OpenCalls()

  const receive = (message: Message): void => {
    Queue.offerUnsafe(inbox, { _tag: "MessageReceived", message })
  }
  const wrap = (message: Message): Parcel => {
    const carry = carrier === undefined ? undefined : () => void runFork(carrier.send([message]))
    return makeParcel(new Letter(message, carry))
  }
  const unwrap = (parcel: Parcel): void => {
    const { message, carry } = parcel.value as Letter
    if (carry === undefined) receive(message)
    else carry()
  }

  const call = (end: LinkEnd, request: Request): void => {
    network.call(end, wrap(request), (reply) => {
      if (reply !== undefined) return unwrap(reply)
      Queue.offerUnsafe(inbox, { _tag: "PeerUnreachable", peer: request.to, sequence: request.sequence })
    })
  }
  const sendOne = (message: Message): void => {
    if (!isRequest(message)) {
      openCalls.take(message)?.answer(wrap(message))
      return
    }
    const end = ends.get(message.to)
    if (end !== undefined) call(end, message)
  }

  const networkServer: NetworkServer = {
    incoming: 0,
    handle: (parcel, answer) => {
      const { message } = parcel.value as Letter
      if (!isRequest(message)) return
      openCalls.add({ request: message, answer })
      unwrap(parcel)
    }
  }
  const transport: TransportShape = {
    send: (messages) =>
      Effect.sync(() => {
        for (const message of messages) sendOne(message)
      }),
    incoming: Stream.fromQueue(inbox)
  }

  if (carrier !== undefined) {
    // A request for which no call is open was meant for an earlier life of this server.
    const take = (inbound: Transport.Inbound): void => {
      const isStray =
        inbound._tag === "MessageReceived" && isRequest(inbound.message) && !openCalls.has(inbound.message)
      if (!isStray) Queue.offerUnsafe(inbox, inbound)
    }
    yield* Effect.forkScoped(
      Stream.runForEach(carrier.incoming, (inbound) => Effect.sync(() => take(inbound)))
    )
  }
  return { transport, networkServer } satisfies LabTransport
})

/** Two lives of one caller may use the same sequence: then kind and age decide which call is meant. */
class OpenCalls {
  private readonly byCaller = new Map<string, Map<number, Array<OpenCall>>>()

  add(call: OpenCall): void {
    const { from, sequence } = call.request
    const bySequence = this.byCaller.get(from) ?? new Map<number, Array<OpenCall>>()
    if (bySequence.size === 0) this.byCaller.set(from, bySequence)
    const calls = bySequence.get(sequence)
    if (calls === undefined) bySequence.set(sequence, [call])
    else calls.push(call)
  }

  has(request: Request): boolean {
    return this.byCaller.get(request.from)?.has(request.sequence) ?? false
  }

  /** Removes the oldest call that this response can answer. */
  take(response: Response): OpenCall | undefined {
    const bySequence = this.byCaller.get(response.to)
    const calls = bySequence?.get(response.sequence)
    const position = calls?.findIndex((call) => isAnswer(call.request, response)) ?? -1
    if (bySequence === undefined || calls === undefined || position < 0) return undefined
    const [call] = calls.splice(position, 1)
    if (calls.length === 0) bySequence.delete(response.sequence)
    return call
  }
}

const isAnswer = (request: Request, response: Response): boolean => {
  switch (response._tag) {
    case "PreVoteResponse":
      return request._tag === "PreVoteRequest"
    case "TimeoutNowResponse":
      return request._tag === "TimeoutNowRequest"
    case "ForwardProposalsResponse":
      return request._tag === "ForwardProposalsRequest"
    case "ReadIndexResponse":
      return request._tag === "ReadIndexRequest"
    case "RequestVoteResponse":
      return request._tag === "RequestVoteRequest"
    case "AppendEntriesAccepted":
    case "AppendEntriesRefused":
      return request._tag === "AppendEntriesRequest"
    case "HeartbeatResponse":
      return request._tag === "HeartbeatRequest"
    case "InstallSnapshotResponse":
      return request._tag === "InstallSnapshotRequest"
  }
}

/** What travels: a message, and how its sender's carrier takes it along. */
class Letter {
  readonly message: Message
  readonly carry: (() => void) | undefined

  constructor(message: Message, carry: (() => void) | undefined) {
    this.message = message
    this.carry = carry
  }

  /** Traces show the message. */
  toJSON(): Message {
    return this.message
  }
}

const makeParcel = (letter: Letter): Parcel => {
  const { message } = letter
  const digest = Math.imul(hashText(message._tag) ^ message.term, 0x01000193) ^ message.sequence
  return { value: letter, bytes: encodedMessageLength(message), digest }
}

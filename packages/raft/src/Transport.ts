/**
 * How messages reach other servers.
 */
import type { Message, PeerUnreachable, MessageReceived } from "@effect-raft/core"
import { Context, type Effect, type Stream } from "effect"

/** What a transport brings in: the reducer's own events, before the driver dates them. */
export type Inbound = Omit<MessageReceived, "at"> | Omit<PeerUnreachable, "at">

/**
 * **Contract**: messages may be lost, repeated, delayed and reordered, and
 * nothing else: what arrives was sent, whole, by the server named in `from`.
 * One value of this service belongs to one server.
 */
export class Transport extends Context.Service<
  Transport,
  {
    /** Hands over what one turn of the driver has to say, in order. Never waits for the network and never fails. */
    readonly send: (messages: ReadonlyArray<Message>) => Effect.Effect<void>
    /** What arrives for this server. Read by one consumer, from the moment the server runs. */
    readonly incoming: Stream.Stream<Inbound>
  }
>()("effect-raft/Transport") {}

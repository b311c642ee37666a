/**
 * A network in memory: every connected server reaches every other at once.
 *
 * For one-process clusters and examples; the testing package has the network
 * that loses, delays and reorders.
 */
import type { Sequence, ServerId } from "@effect-raft/core"
import { Effect, Layer, Queue, Stream } from "effect"
import { type Inbound, Transport } from "./Transport.ts"

export interface MemoryNetwork {
  readonly inboxes: Map<string, Queue.Queue<Inbound>>
  /** Servers that are cut off from all others. */
  readonly disconnected: Set<string>
}

export const make = (): MemoryNetwork => ({ inboxes: new Map(), disconnected: new Set() })

/** Cuts a server off: it keeps running and reaches nobody. */
export const disconnect = (network: MemoryNetwork, id: string): void => {
  network.disconnected.add(id)
}

export const connect = (network: MemoryNetwork, id: string): void => {
  network.disconnected.delete(id)
}

export const isConnected = (network: MemoryNetwork, id: string): boolean => !network.disconnected.has(id)

/** The transport of server `id`; its inbox exists while the layer does. */
export const layer = (network: MemoryNetwork, id: string): Layer.Layer<Transport> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const inbox = yield* Effect.acquireRelease(
        Effect.tap(Queue.sliding<Inbound>(inboxSize), (queue) =>
          Effect.sync(() => {
            network.inboxes.set(id, queue)
          })
        ),
        (queue) =>
          Effect.suspend(() => {
            if (network.inboxes.get(id) === queue) network.inboxes.delete(id)
            return Queue.shutdown(queue)
          })
      )
      return Transport.of({
        send: (messages) =>
          Effect.sync(() => {
            for (const message of messages) {
              const isUp = isConnected(network, id) && isConnected(network, message.to)
              const target = isUp ? network.inboxes.get(message.to) : undefined
              if (target !== undefined) Queue.offerUnsafe(target, { _tag: "MessageReceived", message })
              else Queue.offerUnsafe(inbox, unreachable(message.to, message.sequence))
            }
          }),
        incoming: Stream.fromQueue(inbox)
      })
    })
  )

/** Messages waiting for one server before the oldest are lost. */
const inboxSize = 65_536

const unreachable = (peer: ServerId, sequence: Sequence): Inbound => ({
  _tag: "PeerUnreachable",
  peer,
  sequence
})

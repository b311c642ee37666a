/**
 * Calls with handlers of one's own over the laboratory's network: what the
 * network itself is tested with.
 *
 * Arguments and replies travel as JSON text; their size is that of the text
 * in UTF-8, and names of handlers travel free.
 */
import { type Context, Effect, Exit, Option } from "effect"
import type { LabNetwork, NetworkServer } from "./LabNetwork.ts"
import type { LinkEnd, Parcel } from "./parcel.ts"
import { hashText } from "./Trace.ts"

/** Handles one call. The call waits as long as it takes. */
export type RpcHandler = (argument: unknown) => Effect.Effect<unknown>

/** Handlers by the name that calls use. */
export type RpcHandlers = Readonly<Record<string, RpcHandler>>

class Envelope {
  readonly method: string
  readonly json: string

  constructor(method: string, json: string) {
    this.method = method
    this.json = json
  }
}

const encoder = new TextEncoder()

const makeParcel = (method: string, value: unknown): Parcel => {
  const json = JSON.stringify(value) ?? "null"
  return { value: new Envelope(method, json), bytes: encoder.encode(json).length, digest: hashText(json) }
}

const open = (parcel: Parcel): Envelope => parcel.value as Envelope

/** Makes handlers reachable as `name`, in place of whatever had that name. */
export const register = (
  network: LabNetwork,
  name: string,
  handlers: RpcHandlers
): Effect.Effect<NetworkServer> =>
  Effect.tap(makeServer(name, handlers), (server) => Effect.sync(() => network.register(name, server)))

/** What answers calls with these handlers. Everything else that comes over the network goes to `others`. */
export const makeServer = (
  name: string,
  handlers: RpcHandlers,
  others?: NetworkServer
): Effect.Effect<NetworkServer> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => {
      const runFork = Effect.runForkWith(context)
      return {
        incoming: 0,
        handle: (request, answer) => {
          if (others !== undefined && !(request.value instanceof Envelope)) {
            others.handle(request, answer)
            return
          }
          const { json, method } = open(request)
          const handler = handlers[method]
          if (handler === undefined) throw new Error(`server ${name} has no handler ${method}`)
          runFork(handler(JSON.parse(json))).addObserver((exit) => {
            if (Exit.isSuccess(exit)) answer(makeParcel(method, exit.value))
          })
        }
      } satisfies NetworkServer
    })
  )

/** Calls a handler; none when the call failed. The argument is encoded before anything else happens. */
export const call = (
  network: LabNetwork,
  end: LinkEnd,
  method: string,
  argument: unknown
): Effect.Effect<Option.Option<unknown>> =>
  Effect.callback<Option.Option<unknown>>((resume) => {
    network.call(end, makeParcel(method, argument), (reply) => {
      resume(
        Effect.succeed(
          reply === undefined ? Option.none() : Option.some<unknown>(JSON.parse(open(reply).json))
        )
      )
    })
  })

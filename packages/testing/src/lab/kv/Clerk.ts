/**
 * A client of the key/value map: it asks one server after another until it is
 * answered, and only then goes on to its next operation.
 */
import { Effect, Option } from "effect"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LinkEnd } from "../parcel.ts"
import * as LabRpc from "../rpc.ts"
import type { KvRecord } from "./kvHistory.ts"
import type { KvOperation } from "./KvService.ts"
import type { KvReply, KvRequest } from "./kvServer.ts"

/** The shortest and the longest time from a clerk to a server (ms). */
const wayMin = 1
const wayMax = 20

/** Rest after a round in which no server answered (ms). */
const roundPause = 20

export interface ClerkOptions {
  readonly lab: LabCluster
  readonly id: number
  /** Handles on all servers, in the order in which they are asked. */
  readonly ends: ReadonlyArray<LinkEnd>
  /** Where finished operations go. */
  readonly history: Array<KvRecord>
}

export class Clerk {
  private readonly options: ClerkOptions
  private session: number | undefined
  private sequence = 0
  /** Position of the server that is asked next: the one that answered last. */
  private next = 0

  constructor(options: ClerkOptions) {
    this.options = options
  }

  /** Opens the session that numbers its operations, unless it has one. The first operation does so. */
  get register(): Effect.Effect<number, LabFailure> {
    return Effect.gen({ self: this }, function* () {
      if (this.session !== undefined) return this.session
      const reply = yield* this.ask("register", null)
      if (reply._tag !== "Registered") return yield* unexpected(reply)
      this.session = reply.session
      return reply.session
    })
  }

  /** The value; the empty text where the key is absent. */
  get(key: string): Effect.Effect<string, LabFailure> {
    return this.operate({ op: "get", key })
  }

  put(key: string, value: string): Effect.Effect<void, LabFailure> {
    return Effect.asVoid(this.operate({ op: "put", key, value }))
  }

  append(key: string, value: string): Effect.Effect<void, LabFailure> {
    return Effect.asVoid(this.operate({ op: "append", key, value }))
  }

  private operate(operation: KvOperation): Effect.Effect<string, LabFailure> {
    return Effect.gen({ self: this }, function* () {
      const { history, id, lab } = this.options
      const session = yield* this.register
      const sequence = ++this.sequence
      const call = this.nanos()
      const reply = yield* this.ask("execute", { session, sequence, operation })
      if (reply._tag !== "Done") return yield* unexpected(reply)
      const result = operation.op === "get" ? reply.value : null
      history.push({ client: id, operation, call, return: this.nanos(), status: "ok", result })
      lab.operations++
      return reply.value
    })
  }

  /** Asks until somebody answers. A call that failed may have had its effect. */
  private ask(
    method: "register" | "execute",
    argument: KvRequest | null
  ): Effect.Effect<Exclude<KvReply, { readonly _tag: "TryAgain" }>, LabFailure> {
    return Effect.gen({ self: this }, function* () {
      const { ends, lab } = this.options
      for (let asked = 1; ; asked++) {
        yield* Effect.sleep(wayMin + lab.random.below(wayMax - wayMin + 1))
        const answer = yield* LabRpc.call(lab.network, ends[this.next]!, method, argument)
        const reply = Option.getOrUndefined(answer) as KvReply | undefined
        if (reply?._tag === "Refused") return yield* labFailure(`a clerk was refused: ${reply.reason}`)
        if (reply !== undefined && reply._tag !== "TryAgain") return reply
        this.next = (this.next + 1) % ends.length
        if (asked % ends.length === 0) yield* Effect.sleep(roundPause)
      }
    })
  }

  private nanos(): number {
    return Math.round(this.options.lab.network.now() * 1000) * 1000
  }
}

const unexpected = (reply: KvReply): LabFailure => labFailure(`a clerk was answered ${JSON.stringify(reply)}`)

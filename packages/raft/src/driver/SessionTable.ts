/**
 * The session table of one server (§8, thesis §6.3), beside its state machine:
 * both change by committed entries alone, and go into the same snapshots.
 */
import {
  decodeSessionCommand,
  decodeSessions,
  encodedSessionsLength,
  encodeSessions,
  type Entry,
  type SessionCommand,
  Sessions
} from "@effect-raft/core"
import { Effect, Schema, Stream } from "effect"
import { joined } from "../pieces.ts"
import type { SnapshotSupport, StateMachine } from "../StateMachine.ts"

/**
 * What is kept of a command that was executed: its answer, by value. `undefined`
 * where only the state machine's own storage remembers the execution.
 */
export type Kept<Answer> = { readonly answer: Answer } | undefined

export class SessionTable<Answer> {
  #sessions: Sessions.Sessions<Kept<Answer>> = Sessions.empty

  get size(): number {
    return Sessions.size(this.#sessions)
  }

  /** Takes the next `Session` entry of the log. */
  admit(entry: Entry): Sessions.Admission<Kept<Answer>> {
    const { index, time } = entry
    const [sessions, admission] = Sessions.admit(this.#sessions, {
      index,
      time,
      command: sessionCommandOf(entry)
    })
    this.#sessions = sessions
    return admission
  }

  /** Keeps the answer of a command for its next copy. */
  record(
    executed: { readonly clientId: Entry["index"]; readonly sequence: number },
    kept: Kept<Answer>
  ): void {
    this.#sessions = Sessions.recordAnswer(this.#sessions, executed, kept)
  }

  /**
   * Takes an entry that is not executed here and now: the execution is
   * remembered, its answer is not known. Gives the command, if there is one.
   */
  pass(entry: Entry): Uint8Array | undefined {
    const admission = this.admit(entry)
    if (admission._tag !== "Execute") return undefined
    this.record(admission, undefined)
    return admission.command
  }

  /** The table as it is between two batches; it stays so. */
  capture(): Sessions.Sessions<Kept<Answer>> {
    return this.#sessions
  }

  replace(sessions: Sessions.Sessions<Kept<Answer>>): void {
    this.#sessions = sessions
  }
}

/** Throws on bytes that are no session command, which stops the server: it must not pass over what others go by. */
export const sessionCommandOf = ({ index, payload }: Entry): SessionCommand => {
  const decoded = decodeSessionCommand(payload)
  if (decoded._tag === "Ok") return decoded.value
  throw new Error(`entry ${index} holds no session command: ${decoded.text}`)
}

/** The state machine, with the session table at the beginning of each of its snapshots. */
export const withSessions = <Command, Answer>(
  machine: StateMachine<Command, Answer>,
  table: SessionTable<Answer>
): StateMachine<Command, Answer> =>
  machine.snapshots === undefined
    ? machine
    : { ...machine, snapshots: snapshotsWith(machine.snapshots, table, answerCodec(machine.result)) }

const snapshotsWith = <Answer>(
  inner: SnapshotSupport,
  table: SessionTable<Answer>,
  codec: AnswerCodec<Answer>
): SnapshotSupport => ({
  capture: Effect.map(inner.capture, ({ encode }) => {
    const sessions = table.capture()
    const head = Stream.fromEffect(
      Effect.sync(() => encodeSessions(Sessions.mapAnswers(sessions, codec.encode)))
    )
    return { encode: Stream.concat(head, encode) }
  }),
  restore: (bytes) =>
    Effect.suspend(() => {
      const reader = new TableReader()
      return inner.restore(Stream.map(bytes, (piece) => reader.take(piece))).pipe(
        // Both or neither: a read that fails leaves the state as it was.
        Effect.tap(() => Effect.sync(() => table.replace(Sessions.mapAnswers(reader.table, codec.decode))))
      )
    })
})

/** The session table alone, of the bytes of a snapshot. */
export const restoreTable = <Answer, E>(
  table: SessionTable<Answer>,
  result: Schema.Codec<Answer, unknown>,
  bytes: Stream.Stream<Uint8Array, E>
): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    const reader = new TableReader()
    const { decode } = answerCodec(result)
    return Stream.runForEach(bytes, (piece) => Effect.sync(() => void reader.take(piece))).pipe(
      Effect.tap(() => Effect.sync(() => table.replace(Sessions.mapAnswers(reader.table, decode))))
    )
  })

/** Takes the session table off the beginning of a snapshot, whose bytes come in any pieces. */
export class TableReader {
  #pieces: Array<Uint8Array> = []
  #sessions: Sessions.Sessions<Uint8Array> | undefined

  /** What belongs to the state machine of the next piece. */
  take(piece: Uint8Array): Uint8Array {
    if (this.#sessions !== undefined) return piece
    this.#pieces.push(piece)
    const bytes = joined(this.#pieces)
    this.#pieces = [bytes]
    const length = encodedSessionsLength(bytes)
    if (length === undefined || length > bytes.length) return bytes.subarray(bytes.length)
    const decoded = decodeSessions(bytes.subarray(0, length))
    if (decoded._tag === "DecodeError")
      throw new Error(`a snapshot begins with no session table: ${decoded.text}`)
    this.#sessions = decoded.value
    return bytes.subarray(length)
  }

  get table(): Sessions.Sessions<Uint8Array> {
    if (this.#sessions === undefined) throw new Error("a snapshot ends within its session table")
    return this.#sessions
  }
}

interface AnswerCodec<Answer> {
  readonly encode: (kept: Kept<Answer>) => Uint8Array
  readonly decode: (bytes: Uint8Array) => Kept<Answer>
}

const noBytes = new Uint8Array(0)

/** Answers as JSON text in UTF-8, which is never empty: no bytes say that the answer is not known. */
const answerCodec = <Answer>(result: Schema.Codec<Answer, unknown>): AnswerCodec<Answer> => {
  const schema = Schema.fromJsonString(Schema.toCodecJson(result))
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeSync(schema)
  const encoder = new TextEncoder()
  const decoder = new TextDecoder("utf-8", { fatal: true })
  return {
    encode: (kept) => (kept === undefined ? noBytes : encoder.encode(encode(kept.answer))),
    decode: (bytes) => (bytes.length === 0 ? undefined : { answer: decode(decoder.decode(bytes)) })
  }
}

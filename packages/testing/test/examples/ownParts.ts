import { decodeMessage, encodeMessage } from "@effect-raft/core"
import {
  failureLines,
  labTests,
  memoryStorage,
  mit,
  passedLine,
  runLabTest,
  titleLine
} from "@effect-raft/testing"
import type { LabDisk, LabStorage, MakeCarrier } from "@effect-raft/testing"
import { Console, Effect, Queue, Stream } from "effect"
import type { Transport } from "effect-raft"

/** A transport of our own: messages travel as bytes, from queue to queue. */
const inboxes = new Map<string, Queue.Queue<Uint8Array>>()

const transport: MakeCarrier = Effect.fnUntraced(function* (id) {
  const inbox = yield* Effect.acquireRelease(Queue.unbounded<Uint8Array>(), Queue.shutdown)
  inboxes.set(id, inbox)
  return {
    send: (messages) =>
      Effect.sync(() => {
        for (const message of messages) {
          const peer = inboxes.get(message.to)
          if (peer !== undefined) Queue.offerUnsafe(peer, encodeMessage(message))
        }
      }),
    incoming: Stream.flatMap(Stream.fromQueue(inbox), (bytes): Stream.Stream<Transport.Inbound> => {
      const decoded = decodeMessage(bytes)
      return decoded._tag === "Ok"
        ? Stream.succeed({ _tag: "MessageReceived", message: decoded.value })
        : Stream.empty
    })
  }
})

/** A persister of our own: every write takes two milliseconds. */
const slow = (disk: LabDisk): LabDisk => ({
  open: Effect.map(disk.open, (persister) => ({
    ...persister,
    submit: (writes) => Effect.andThen(Effect.sleep("2 millis"), persister.submit(writes))
  })),
  copy: Effect.map(disk.copy, slow)
})

const storage: LabStorage = { make: (id) => Effect.map(memoryStorage.make(id), slow) }

const program = Effect.gen(function* () {
  for (const test of labTests) {
    const result = yield* runLabTest(test, "virtual", { profile: mit, seed: 1, transport, storage })
    yield* Console.log(titleLine(test))
    yield* Console.log(result.ok ? passedLine(result) : failureLines(result).join("\n"))
  }
})

await Effect.runPromise(program)

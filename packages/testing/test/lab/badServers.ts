/**
 * Servers and parts of servers that break one rule each, for the suite to
 * catch.
 */
import { isRequest, type Message } from "@effect-raft/core"
import { Duration, Effect, Latch, Ref, type Scope, Stream } from "effect"
import { Persister, RaftOptions, Transport } from "effect-raft"
import {
  type LabCommand,
  type LabDisk,
  type LabServer,
  labStateMachine,
  type LabStorage,
  type MakeLabServer,
  memoryStorage,
  raftServer
} from "../../src/index.ts"

const honest: MakeLabServer = raftServer(Effect.succeed(labStateMachine))

/** Real servers, each changed by `change`. */
const changed =
  (change: (server: LabServer, id: string) => Effect.Effect<LabServer, never, Scope.Scope>): MakeLabServer =>
  (options) =>
    Effect.flatMap(honest(options), (server) => change(server, options.id))

/** Real servers that send other messages than they mean to. */
const sending =
  (rewrite: (messages: ReadonlyArray<Message>) => ReadonlyArray<Message>): MakeLabServer =>
  (options) =>
    honest(options).pipe(
      Effect.updateService(Transport.Transport, (transport) => ({
        ...transport,
        send: (messages) => transport.send(rewrite(messages))
      }))
    )

/** Every vote is lost. */
export const votesAreLost = sending((messages) =>
  messages.filter((message) => message._tag !== "RequestVoteResponse")
)

/** No entry ever reaches server 0. */
export const oneServerGetsNoEntries = sending((messages) =>
  messages.filter((message) => !(message._tag === "AppendEntriesRequest" && message.to === "s0"))
)

/** Followers take entries, and never say so. */
export const nothingIsAcknowledged = sending((messages) =>
  messages.filter((message) => message._tag !== "AppendEntriesAccepted")
)

/** Real servers that send some messages many times. */
const repeating = (times: number, isRepeated: (message: Message) => boolean): MakeLabServer =>
  sending((messages) =>
    messages.flatMap((message): ReadonlyArray<Message> =>
      isRepeated(message) ? Array.from({ length: times }, () => message) : [message]
    )
  )

const isAppend = (message: Message): boolean => message._tag === "AppendEntriesRequest"

/** Every entry is sent three times: too many bytes. */
export const entriesAreSentThrice = repeating(3, isAppend)

/** Every entry is sent 25 times: too many calls. */
export const entriesAreSentOften = repeating(25, isAppend)

/** Every request is sent 20 times. */
export const requestsAreSentOften = repeating(20, isRequest)

/** Every vote is asked for again and again: ever more calls wait to fail or to arrive. */
export const votesAreAskedForWithoutEnd: MakeLabServer = (options) =>
  Effect.gen(function* () {
    const transport = yield* Transport.Transport
    const flood = (messages: ReadonlyArray<Message>): Effect.Effect<void> =>
      Effect.sleep(1).pipe(
        Effect.andThen(transport.send([...messages, ...messages])),
        Effect.andThen(Effect.suspend(() => flood([...messages, ...messages])))
      )
    return yield* Effect.provideService(honest(options), Transport.Transport, {
      ...transport,
      send: (messages) => {
        const votes = messages.filter((message) => message._tag === "RequestVoteRequest")
        return Effect.andThen(
          transport.send(messages),
          votes.length === 0 ? Effect.void : Effect.forkDetach(flood(votes))
        )
      }
    })
  })

/** Forty heartbeats a second. */
export const heartbeatsAreFrequent: MakeLabServer = (options) =>
  Effect.provide(honest(options), RaftOptions.layer({ heartbeatInterval: Duration.millis(25) }))

/** Each entry travels alone: correct, but too many calls. */
export const entriesTravelAlone: MakeLabServer = (options) =>
  Effect.provide(honest(options), RaftOptions.layer({ appendBytesMax: 1 }))

/** Who led once claims to lead for ever. */
export const leadersNeverStepDown = changed((server) =>
  Effect.sync(() => {
    let hasLed = false
    return {
      ...server,
      state: Effect.map(server.state, ({ isLeader, term }) => {
        hasLed ||= isLeader
        return { term, isLeader: hasLed }
      })
    }
  })
)

/** Server 1 applies something else in the place of every third command. */
export const oneServerAppliesOtherCommands = changed((server, id) =>
  Effect.succeed({
    ...server,
    applied: Stream.map(server.applied, (entry) =>
      id === "s1" && entry.index % 3 === 0 ? { ...entry, command: -1 } : entry
    )
  })
)

/** Every server leaves out the third entry. */
export const oneEntryIsNeverApplied = changed((server) =>
  Effect.succeed({ ...server, applied: Stream.filter(server.applied, (entry) => entry.index !== 3) })
)

/** Indices of applied entries are one too high, as with a no-op in front. */
export const indicesBeginAtTwo = changed((server) =>
  Effect.succeed({
    ...server,
    start: (command) =>
      Effect.map(server.start(command), (started) => ({
        ...started,
        index: (started.isLeader ? started.index + 1 : 0) as typeof started.index
      })),
    applied: Stream.concat(
      Stream.map(Stream.take(server.applied, 1), (entry) => ({ ...entry, command: undefined })),
      Stream.map(server.applied, (entry) => ({ ...entry, index: entry.index + 1 }))
    )
  })
)

/** Every fourth command that a server accepts is replaced by another. */
export const someCommandsAreReplaced = changed((server) =>
  Effect.map(Ref.make(0), (count) => ({
    ...server,
    start: (command) =>
      Effect.flatMap(
        Ref.updateAndGet(count, (before) => before + 1),
        (number) => server.start(number % 4 === 0 ? -number : command)
      )
  }))
)

/** A server has a fiber that never pauses, from its first entry on. */
export const oneServerNeverPauses = changed((server, id) =>
  server.applied.pipe(
    Stream.take(1),
    Stream.runDrain,
    Effect.andThen(id === "s0" ? Effect.forever(Effect.yieldNow) : Effect.void),
    Effect.forkScoped,
    Effect.as(server)
  )
)

/** A server dies of a broken invariant, one second after it started. */
export const oneServerDies = changed((server, id) =>
  Effect.succeed({
    ...server,
    stopped:
      id === "s0" ? Effect.andThen(Effect.sleep(1000), Effect.die(new Error("LogMatching"))) : server.stopped
  })
)

interface SharedLog {
  entries: Array<LabCommand>
  changed: Latch.Latch
}

/** No network at all: server 0 leads for ever, and all servers apply what it accepts at that moment. */
export const telepathicServers = (): MakeLabServer => {
  const log: SharedLog = { entries: [], changed: Latch.makeUnsafe() }
  return ({ id }) => Effect.succeed(telepathicServer(log, id === "s0"))
}

const telepathicServer = (log: SharedLog, isLeader: boolean): LabServer => ({
  state: Effect.succeed({ term: 1, isLeader } as Effect.Success<LabServer["state"]>),
  start: (command) =>
    Effect.sync(() => {
      const index = isLeader ? log.entries.push(command) : 0
      log.changed.openUnsafe()
      log.changed = Latch.makeUnsafe()
      return { index, term: 1, isLeader } as Effect.Success<ReturnType<LabServer["start"]>>
    }),
  applied: Stream.unfold(0, (position) =>
    Effect.map(untilLongerThan(log, position), () => {
      const entry = { index: position + 1, command: log.entries[position] }
      return [entry, position + 1] as const
    })
  ),
  stopped: Effect.never
})

const untilLongerThan = (log: SharedLog, position: number): Effect.Effect<void> =>
  Effect.suspend(() =>
    position < log.entries.length
      ? Effect.void
      : Effect.andThen(log.changed.await, untilLongerThan(log, position))
  )

/** A disk that is empty again after every crash. */
const forgetfulDisk = (disk: LabDisk, id: string): LabDisk => ({
  open: disk.open,
  copy: Effect.map(memoryStorage.make(id), (empty) => forgetfulDisk(empty, id))
})

export const forgetfulStorage: LabStorage = {
  make: (id) => Effect.map(memoryStorage.make(id), (disk) => forgetfulDisk(disk, id))
}

/** A disk that keeps term and vote, and says that it keeps entries. */
const entrylessDisk = (disk: LabDisk): LabDisk => ({
  open: Effect.map(disk.open, (persister) =>
    Persister.Persister.of({
      ...persister,
      submit: (writes) =>
        persister.submit(writes.map((write) => ({ ...write, truncateFrom: undefined, entries: [] })))
    })
  ),
  copy: Effect.map(disk.copy, entrylessDisk)
})

export const entrylessStorage: LabStorage = {
  make: (id) => Effect.map(memoryStorage.make(id), entrylessDisk)
}

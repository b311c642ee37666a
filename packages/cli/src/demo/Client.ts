/**
 * A client of the cluster: finds the leader and brings commands and requests to
 * it.
 *
 * It repeats a command only where that cannot apply it twice: when it was
 * appended nowhere (`NotLeader`, `Overloaded`) or when another entry was
 * committed in its place (`Superseded`). After that its outcome is unknown,
 * and is said to be.
 */
import type { KvCommand, KvResult } from "@effect-raft/kv"
import { Context, Effect, Layer, Schedule, Schema } from "effect"
import type { InvalidCommand, OutcomeUnknown, RaftServer, StorageFailed, TransferFailed } from "effect-raft"
import { NotLeader } from "effect-raft"
import { Cluster, type KvServer } from "./Cluster.ts"
import { type ServerName, serverNames } from "./instruction.ts"

/** How long a command waits for a leader that takes it. An election takes well under a second. */
export const leaderPatience = "5 seconds"

/** Short against an election, long against a message. */
const retryPause = "20 millis"

const majority = Math.floor(serverNames.length / 2) + 1

/** No leader took the command: it was appended nowhere. */
export class NoLeader extends Schema.TaggedError<NoLeader>()("NoLeader", {
  reachable: Schema.Array(Schema.Literals(serverNames))
}) {
  override get message(): string {
    const total = serverNames.length
    return this.reachable.length < majority
      ? `no leader: ${this.reachable.length} of ${total} servers are up and connected, and a majority is ${majority}; restart or connect one (status shows which)`
      : `no leader took the command within ${leaderPatience}, though a majority is up and connected; try again`
  }
}

export class Client extends Context.Service<
  Client,
  {
    /** The answer to a command once it is committed and applied, within the patience above plus `proposalTimeout`. */
    readonly propose: (
      command: KvCommand
    ) => Effect.Effect<KvResult, NoLeader | OutcomeUnknown | InvalidCommand | StorageFailed>
    /** Has the leader hand its role to a server; nothing to do for one that leads. */
    readonly transferTo: (
      server: ServerName
    ) => Effect.Effect<void, NoLeader | TransferFailed | StorageFailed>
  }
>()("@effect-raft/cli/Client") {
  static readonly layer: Layer.Layer<Client, never, Cluster> = Layer.effect(
    Client,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const cluster = yield* Cluster
  /** Whom to ask first: the last that was asked, or whoever is a better guess after it refused. */
  let leaderHint: ServerName | undefined

  const attempt = Effect.fnUntraced(function* <Answer, E extends LeaderError>(
    request: (leader: KvServer) => Effect.Effect<Answer, E>
  ) {
    const reachable = yield* cluster.reachable
    const target = choose(reachable, leaderHint)
    if (target === undefined) return yield* new NotLeader({ server: "none", leader: undefined })

    const [name, server] = target
    leaderHint = name
    return yield* request(server).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          leaderHint = nextHint(reachable, name, error)
        })
      )
    )
  })

  /** Without a majority there is no election to wait for. */
  const isElectable = Effect.map(cluster.reachable, (reachable) => reachable.size >= majority)

  /** Asks servers until one that leads has answered. */
  const askLeader = <Answer, E extends LeaderError>(
    request: (leader: KvServer) => Effect.Effect<Answer, E>
  ) =>
    attempt(request).pipe(
      Effect.retry({
        while: (error) => (isSafeToRepeat(error) ? isElectable : Effect.succeed(false)),
        schedule: Schedule.spaced(retryPause).pipe(Schedule.upTo({ duration: leaderPatience }))
      })
    )

  /** Nothing was done: whoever was asked does not lead, or could not take it. */
  const noLeader = Effect.flatMap(cluster.reachable, (reachable) =>
    Effect.fail(new NoLeader({ reachable: [...reachable.keys()] }))
  )

  return Client.of({
    propose: Effect.fn("Client.propose")((command) =>
      askLeader((leader) => leader.propose(command)).pipe(
        Effect.catchTag(["NotLeader", "Overloaded", "Superseded", "Stopped"], () => noLeader)
      )
    ),
    transferTo: Effect.fn("Client.transferTo")((server) =>
      askLeader((leader) => leader.transferLeadership(server)).pipe(
        Effect.catchTag(["NotLeader", "Stopped"], () => noLeader)
      )
    )
  })
})

/** How a server answers what only a leader can do. */
type LeaderError = RaftServer.ProposeError | RaftServer.TransferError

/** The believed leader if it can be reached, else the first that can. */
const choose = (reachable: ReadonlyMap<ServerName, KvServer>, leaderHint: ServerName | undefined) => {
  const servers = [...reachable]
  return servers.find(([name]) => name === leaderHint) ?? servers[0]
}

const isSafeToRepeat = (error: LeaderError): boolean => {
  switch (error._tag) {
    case "NotLeader":
    case "Overloaded":
    case "Superseded":
    case "Stopped":
      return true
    case "InvalidCommand":
    case "OutcomeUnknown":
    case "StorageFailed":
    case "TransferFailed":
      return false
  }
}

/** Whom to ask next: the leader that was named, else the neighbour of whom was asked. */
const nextHint = (
  reachable: ReadonlyMap<ServerName, KvServer>,
  asked: ServerName,
  error: LeaderError
): ServerName => {
  const named = error._tag === "NotLeader" ? error.leader : undefined
  const position = serverNames.indexOf(asked)
  const others = [...serverNames.slice(position + 1), ...serverNames.slice(0, position)]
  return (
    others.find((name) => name === named && reachable.has(name)) ??
    others.find((name) => reachable.has(name)) ??
    asked
  )
}

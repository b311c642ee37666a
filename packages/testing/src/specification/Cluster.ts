/**
 * All servers of the specification, the messages between them, and what they
 * have decided together.
 */
import { Configurations } from "./configuration.ts"
import { Network } from "./Network.ts"
import { demand, Rejection } from "./rejection.ts"
import { ServerModel } from "./ServerModel.ts"
import type { RestartLine, TracedEntry, TracedOptions } from "./traceLine.ts"

export class Cluster {
  readonly options: TracedOptions
  readonly network = new Network()
  readonly configurations = new Configurations()
  /** What any server knew committed: index 1 at position 0. */
  readonly committed: Array<TracedEntry> = []
  private readonly servers = new Map<string, ServerModel>()
  private readonly leaders = new Map<number, string>()

  constructor(options: TracedOptions) {
    this.options = options
  }

  /** Init: a server that nobody has seen before. */
  add(line: RestartLine): ServerModel {
    demand(!this.servers.has(line.server), "Init", `${line.server} has run before`)
    const server = new ServerModel(line.server, { members: line.configuration, outgoing: line.outgoing })
    this.servers.set(line.server, server)
    return server
  }

  server(id: string): ServerModel {
    const server = this.servers.get(id)
    if (server === undefined) throw new Rejection("Init", `${id} has not begun`)
    return server
  }

  /** ElectionSafety. */
  elect({ currentTerm, id }: ServerModel): void {
    const leader = this.leaders.get(currentTerm) ?? id
    demand(leader === id, "BecomeLeader", `${leader} and ${id} both lead term ${currentTerm}`)
    this.leaders.set(currentTerm, id)
  }

  /** A server knows more committed. StateMachineSafety: nobody has ever committed anything else there. */
  commit(server: ServerModel, commitIndex: number, rule: string): void {
    demand(commitIndex <= server.lastIndex, rule, `${commitIndex} is beyond the log of ${server.id}`)
    for (let index = server.commitIndex + 1; index <= commitIndex; index++) {
      const entry = server.log[index - 1]!
      const before = this.committed[index - 1]
      if (before === undefined) this.committed.push(entry)
      else {
        demand(isSameEntry(before, entry), rule, `${server.id} commits another entry at ${index}`)
      }
    }
    server.commitIndex = Math.max(server.commitIndex, commitIndex)
  }
}

export const isSameEntry = (left: TracedEntry, right: TracedEntry): boolean =>
  left.index === right.index &&
  left.term === right.term &&
  left.kind === right.kind &&
  left.hash === right.hash

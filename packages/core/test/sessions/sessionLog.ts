/**
 * Logs as several clients and a bad network make them: commands, retries and old copies of anything, in any
 * order, with silences between them that end sessions now and then.
 */
import { Schema } from "effect"
import { logIndex, type LogIndex } from "../../src/ids.ts"
import type { SessionCommand } from "../../src/sessions/sessionCommand.ts"
import type { SessionEntry } from "../../src/sessions/sessions.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** Generators like the ends of a list: the first and the last come more often than the others. */
const kinds = [
  "Send",
  "Register",
  "Send",
  "Repeat",
  "Acknowledge",
  "Repeat",
  "KeepAlive",
  "Retry",
  "Close",
  "Send",
  "Retry"
] as const

const Deed = Schema.Struct({
  kind: Schema.Literals([...kinds]),
  client: upTo(2),
  /** Which of several, how far back, how many: whatever the kind leaves open. */
  pick: upTo(11),
  silence: upTo(79),
  /** Entries of other kinds that come before. */
  gap: upTo(2)
})

export const Deeds = Schema.Array(Deed).check(Schema.isMinLength(12), Schema.isMaxLength(60))
export type Deeds = typeof Deeds.Type

interface Client {
  clientId: LogIndex
  lastSequence: number
  firstUnacknowledged: number
  lastTime: number
}

const text = (command: string): Uint8Array => Uint8Array.from(command, (character) => character.charCodeAt(0))

/** Most silences are short; some are as long as a session may be silent, and some longer. */
const silenceOf = ({ silence }: typeof Deed.Type): number => {
  switch (silence) {
    case 13:
      return 19
    case 17:
      return 20
    case 23:
      return 21
    case 29:
      return 40
    default:
      return silence % 3
  }
}

export const sessionLog = (deeds: Deeds): ReadonlyArray<SessionEntry> => {
  const entries: Array<SessionEntry> = []
  const clients = new Map<number, Client>()
  let index = 0
  let time = 0
  for (const deed of deeds) {
    index += 1 + deed.gap
    time += silenceOf(deed)
    const command = commandOf(deed, { clients, entries, index: logIndex(index), time })
    entries.push({ index: logIndex(index), time, command })
  }
  return entries
}

interface World {
  readonly clients: Map<number, Client>
  readonly entries: ReadonlyArray<SessionEntry>
  readonly index: LogIndex
  readonly time: number
}

const commandOf = (deed: typeof Deed.Type, world: World): SessionCommand => {
  const client = world.clients.get(deed.client)
  if (client === undefined || (deed.kind === "Register" && deed.pick > 7)) return register(deed, world)
  // Most clients whose session ended find out, and begin anew.
  const hasEnded = world.time - client.lastTime > 20
  if (hasEnded && deed.pick > 1) return register(deed, world)
  if (!hasEnded) client.lastTime = world.time
  const { clientId, firstUnacknowledged } = client
  switch (deed.kind) {
    case "Register":
    case "Send":
      return send(client)
    case "Retry":
      return earlier(world.entries, 1 + (deed.pick % 4), clientId) ?? send(client)
    case "Repeat":
      return earlier(world.entries, 1 + deed.pick, deed.gap === 1 ? undefined : clientId) ?? send(client)
    case "Acknowledge":
      client.firstUnacknowledged = Math.max(firstUnacknowledged, client.lastSequence + 1 - (deed.pick % 3))
      return { _tag: "KeepAlive", clientId, firstUnacknowledged: client.firstUnacknowledged }
    case "KeepAlive":
      return { _tag: "KeepAlive", clientId, firstUnacknowledged: 1 }
    case "Close":
      if (deed.pick < 9) return send(client)
      client.lastTime = -Infinity
      return { _tag: "Close", clientId }
  }
}

const register = ({ client, pick }: typeof Deed.Type, { clients, index, time }: World): SessionCommand => {
  const sessionsMax = pick === 7 ? 1 : pick === 8 ? 2 : 4
  clients.set(client, { clientId: index, lastSequence: 0, firstUnacknowledged: 1, lastTime: time })
  const byTime = [...clients.values()].toSorted((one, other) => other.lastTime - one.lastTime)
  for (const ended of byTime.slice(sessionsMax)) ended.lastTime = -Infinity
  return {
    _tag: "Register",
    limits: { sessionsMax, answersMax: 2 + (pick % 4), silenceMillisMax: 20 - (pick % 2) }
  }
}

const send = (client: Client): SessionCommand => {
  const { clientId, firstUnacknowledged } = client
  const sequence = ++client.lastSequence
  return {
    _tag: "Execute",
    clientId,
    sequence,
    firstUnacknowledged,
    command: text(`${clientId}.${sequence}`)
  }
}

/** The very bytes of an entry so many commands back, of one client or of any; no registration, which would be another one. */
const earlier = (
  entries: ReadonlyArray<SessionEntry>,
  back: number,
  clientId?: LogIndex
): SessionCommand | undefined => {
  const commands = entries
    .map(({ command }) => command)
    .filter(
      (command) => command._tag === "Execute" && (clientId === undefined || command.clientId === clientId)
    )
  return commands[commands.length - back]
}

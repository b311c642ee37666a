/**
 * Sessions as the thesis tells them (§6.3), with a map that is changed in place and searched from end to end.
 */
import type { SessionLimits } from "../../src/sessions/sessionCommand.ts"
import type { SessionEntry } from "../../src/sessions/sessions.ts"

interface Session {
  readonly clientId: number
  lastTime: number
  lastIndex: number
  firstUnacknowledged: number
  readonly answers: Map<number, string>
}

export interface NaiveRun {
  /** What each entry came to, as text. */
  readonly outcomes: ReadonlyArray<string>
  /** What the state machine was given, in order. */
  readonly executed: ReadonlyArray<string>
}

/** The answer to the command that is executed as number `position`: another one for every execution. */
export const answerTo = (command: string, position: number): string => `${command}#${position}`

export const naiveRun = (log: ReadonlyArray<SessionEntry>): NaiveRun => {
  let sessions: Array<Session> = []
  let limits: SessionLimits = { sessionsMax: 0, answersMax: 0, silenceMillisMax: 0 }
  const executed: Array<string> = []

  const outcomeOf = ({ command, index, time }: SessionEntry): string => {
    sessions = sessions.filter(({ lastTime }) => time - lastTime <= limits.silenceMillisMax)
    if (command._tag === "Register") {
      limits = command.limits
      const session = { lastTime: time, lastIndex: index, firstUnacknowledged: 1, answers: new Map() }
      sessions.push({ clientId: index, ...session })
      // Silent longest first; entries of one time are told apart by their place.
      sessions.sort((one, other) => one.lastTime - other.lastTime || one.lastIndex - other.lastIndex)
      sessions = sessions.slice(Math.max(0, sessions.length - limits.sessionsMax))
      return `Registered ${index}`
    }
    const session = sessions.find(({ clientId }) => clientId === command.clientId)
    if (session === undefined) return `SessionExpired ${command.clientId}`
    if (command._tag === "Close") {
      sessions = sessions.filter((other) => other !== session)
      return "Closed"
    }
    session.lastTime = time
    session.lastIndex = index
    session.firstUnacknowledged = Math.max(session.firstUnacknowledged, command.firstUnacknowledged)
    if (command._tag === "KeepAlive") return "KeptAlive"
    const { firstUnacknowledged } = session
    if (command.sequence < firstUnacknowledged) return "Acknowledged"
    const before = session.answers.get(command.sequence)
    if (before !== undefined) return `Answered ${before}`
    if (command.sequence >= firstUnacknowledged + limits.answersMax) {
      return `TooManyUnacknowledged ${firstUnacknowledged}`
    }
    const answer = answerTo(String.fromCharCode(...command.command), executed.length)
    executed.push(answer)
    session.answers.set(command.sequence, answer)
    return `Answered ${answer}`
  }

  return { outcomes: log.map(outcomeOf), executed }
}

/**
 * The bodies of the ForwardProposals messages (docs/wire-format.md, version 1).
 */
import type { CommandKind } from "../entry.ts"
import { incarnation, logIndex, sequence, term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type {
  ForwardedProposal,
  ForwardProposalsRequest,
  ForwardProposalsResponse,
  Header
} from "../message.ts"
import { getSafe, setSafe, type Target, u32Bytes, u32Max } from "./bytes.ts"
import { type Decoded, decodeError, ok, truncated, unsafeInteger } from "./decodeError.ts"
import { decodeSessionCommand } from "./sessionCommandCodec.ts"
import { entryKinds, forwardAnswerAt, forwardAt, forwardOutcomes } from "./wireFormat.ts"

/** Size of a proposal without its command: a kind and a length. */
const proposalHeaderBytes = 1 + u32Bytes

/** Size of the proposals. */
export const forwardTailLength = ({ proposals }: ForwardProposalsRequest): number =>
  proposals.reduce((length, { command }) => length + proposalHeaderBytes + command.length, 0)

/** Writes the body from `at` on and returns where it ends. */
export const writeForwardRequest = (target: Target, at: number, request: ForwardProposalsRequest): number => {
  const { bytes, view } = target
  const tailLength = forwardTailLength(request)
  invariant(request.leaderTerm <= request.term, "nobody forwards to the leader of a term to come")
  invariant(request.firstOpen <= request.sequence, "a request that is sent is open")
  invariant(tailLength <= u32Max, "the length of forwarded commands fits its field")
  setSafe(view, at + forwardAt.leaderTerm, request.leaderTerm)
  setSafe(view, at + forwardAt.firstOpen, request.firstOpen)
  view.setUint32(at + forwardAt.tailLength, tailLength)
  let start = at + forwardAt.tailLength + u32Bytes
  for (const { command, kind } of request.proposals) {
    view.setUint8(start, entryKinds[kind])
    view.setUint32(start + 1, command.length)
    bytes.set(command, start + proposalHeaderBytes)
    start += proposalHeaderBytes + command.length
  }
  return start
}

interface Range {
  readonly start: number
  readonly end: number
}

/** Reads the body in `start..end`. Commands are views of the buffer. */
export const readForwardRequest = (
  view: DataView,
  { end, start }: Range,
  header: Header
): Decoded<ForwardProposalsRequest> => {
  const leaderTerm = getSafe(view, start + forwardAt.leaderTerm)
  if (leaderTerm < 0) return unsafeInteger("leaderTerm", start + forwardAt.leaderTerm)
  if (leaderTerm > header.term) {
    const text = `leaderTerm is ${leaderTerm}, from a server of term ${header.term}`
    return decodeError("TermOutOfOrder", start + forwardAt.leaderTerm, text)
  }
  const firstOpen = getSafe(view, start + forwardAt.firstOpen)
  if (firstOpen < 0) return unsafeInteger("firstOpen", start + forwardAt.firstOpen)
  if (firstOpen > header.sequence) {
    const text = `firstOpen is ${firstOpen}, in request ${header.sequence}`
    return decodeError("SequenceOutOfOrder", start + forwardAt.firstOpen, text)
  }
  const proposals = readProposals(view, { start: start + forwardAt.tailLength + u32Bytes, end })
  if (proposals._tag === "DecodeError") return proposals
  return ok({
    _tag: "ForwardProposalsRequest",
    ...header,
    leaderTerm: term(leaderTerm),
    firstOpen: sequence(firstOpen),
    proposals: proposals.value
  })
}

const readProposals = (view: DataView, { end, start }: Range): Decoded<ReadonlyArray<ForwardedProposal>> => {
  const proposals: Array<ForwardedProposal> = []
  let at = start
  while (at < end) {
    const proposal = readProposal(view, { start: at, end })
    if (proposal._tag === "DecodeError") return proposal
    proposals.push(proposal.value)
    at += proposalHeaderBytes + proposal.value.command.length
  }
  return ok(proposals)
}

const readProposal = (view: DataView, { end, start }: Range): Decoded<ForwardedProposal> => {
  if (end - start < proposalHeaderBytes) {
    return truncated("the head of a forwarded command", { start, end, needed: proposalHeaderBytes })
  }
  const code = view.getUint8(start)
  const kind = kindOf(code)
  if (kind === undefined) {
    return decodeError("UnknownKind", start, `no version of this format forwards entries of kind ${code}`)
  }
  const needed = proposalHeaderBytes + view.getUint32(start + 1)
  if (end - start < needed) return truncated("a forwarded command", { start, end, needed })
  const commandStart = start + proposalHeaderBytes
  const command = new Uint8Array(view.buffer, commandStart, needed - proposalHeaderBytes)
  // It is to become an entry, and an entry with such a payload would be refused.
  const decoded = kind === "Session" ? decodeSessionCommand(command) : undefined
  if (decoded?._tag === "DecodeError") return { ...decoded, offset: decoded.offset + commandStart }
  return ok({ kind, command })
}

const kindOf = (code: number): CommandKind | undefined => {
  if (code === entryKinds.Command) return "Command"
  return code === entryKinds.Session ? "Session" : undefined
}

/** Writes the body from `at` on and returns where it ends. */
export const writeForwardResponse = (
  view: DataView,
  at: number,
  response: ForwardProposalsResponse
): number => {
  invariant(response.count >>> 0 === response.count, "a number of commands is an unsigned 32-bit integer")
  setSafe(view, at + forwardAnswerAt.asker, response.asker)
  setSafe(view, at + forwardAnswerAt.firstIndex, response.firstIndex)
  view.setUint32(at + forwardAnswerAt.count, response.count)
  view.setUint8(at + forwardAnswerAt.outcome, forwardOutcomes.indexOf(response.outcome))
  return at + forwardAnswerAt.outcome + 1
}

export const readForwardResponse = (
  view: DataView,
  start: number,
  header: Header
): Decoded<ForwardProposalsResponse> => {
  const asker = incarnation(getSafe(view, start + forwardAnswerAt.asker))
  if (asker < 0) return unsafeInteger("asker", start + forwardAnswerAt.asker)
  const firstIndex = logIndex(getSafe(view, start + forwardAnswerAt.firstIndex))
  if (firstIndex < 0) return unsafeInteger("firstIndex", start + forwardAnswerAt.firstIndex)
  const count = view.getUint32(start + forwardAnswerAt.count)
  const outcomeAt = start + forwardAnswerAt.outcome
  const outcome = forwardOutcomes[view.getUint8(outcomeAt)]
  if (outcome === undefined) {
    const text = `no version of this format has outcome ${view.getUint8(outcomeAt)} of forwarded commands`
    return decodeError("UnknownKind", outcomeAt, text)
  }
  return ok({ _tag: "ForwardProposalsResponse", ...header, asker, outcome, firstIndex, count })
}

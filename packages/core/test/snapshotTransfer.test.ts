import { assert, describe, it } from "@effect/vitest"
import { logIndex, sequence, term } from "../src/ids.ts"
import * as Transfer from "../src/snapshotTransfer.ts"

const limits = { chunkBytesMax: 10, inflightChunksMax: 3 }

const begun = (size: number) =>
  Transfer.begin(
    {
      lastIncludedIndex: logIndex(5),
      lastIncludedTerm: term(1),
      time: 0,
      configuration: { members: [] },
      configurationIndex: logIndex(0),
      size
    },
    limits,
    undefined
  )

/** Asked with number 1, answered with offset 0; then chunks 2, 3 and 4 of 10 bytes are on the way. */
const sending = (): Transfer.SnapshotTransfer => {
  const asked = Transfer.asked(begun(100), sequence(1))
  let transfer = Transfer.answered(asked, { nextOffset: 0, now: 0, sequence: sequence(1) })
  for (const number of [2, 3, 4]) {
    transfer = Transfer.chunkSent(transfer, { sequence: sequence(number), end: 10 * (number - 1), sentAt: 0 })
  }
  return transfer
}

const at = (now: number) => ({ heartbeatInterval: 100, now })

describe("a snapshot on its way to one peer", () => {
  it("§7 a transfer begins with a question, unless one chunk holds it all", () => {
    assert.isTrue(Transfer.mustAsk(begun(11)))
    assert.isFalse(Transfer.canSend(begun(11), 11, limits))
    assert.isFalse(Transfer.mustAsk(begun(10)))
    assert.isTrue(Transfer.canSend(begun(10), 10, limits))
    // Of an empty one the question is all there is.
    assert.isTrue(Transfer.mustAsk(begun(0)))
  })

  it("§7 a leader asks once until it is answered or a round comes", () => {
    const asked = Transfer.asked(begun(100), sequence(1))
    assert.isFalse(Transfer.mustAsk(asked))
    assert.isTrue(Transfer.mustAsk(Transfer.nextRound(asked)))
    const again = Transfer.asked(Transfer.nextRound(asked), sequence(9))
    // A slow link may answer the first question when the second is long out.
    assert.strictEqual(
      Transfer.answered(again, { nextOffset: 20, now: 5, sequence: sequence(1) }).nextOffset,
      20
    )
  })

  it("§7 a transfer goes on as chunks are stored, in whatever order that is heard of", () => {
    const later = Transfer.answered(sending(), { nextOffset: 20, now: 1, sequence: sequence(3) })
    assert.deepStrictEqual(
      later.inflight.map(({ end }) => end),
      [30]
    )
    const earlier = Transfer.answered(later, { nextOffset: 10, now: 2, sequence: sequence(2) })
    assert.deepStrictEqual([earlier.nextOffset, earlier.inflight.length, earlier.phase], [30, 1, "Sending"])
  })

  it("§7 a chunk that was refused ends the burst; the refusals of the rest of it answer no question", () => {
    const refused = Transfer.answered(sending(), { nextOffset: 10, now: 1, sequence: sequence(3) })
    assert.deepStrictEqual([refused.phase, refused.isPaused, refused.inflight], ["Asking", true, []])
    const late = { nextOffset: 10, now: 2, sequence: sequence(4) }
    assert.strictEqual(Transfer.answered(refused, late), refused)
    const asked = Transfer.asked(Transfer.nextRound(refused), sequence(5))
    assert.strictEqual(Transfer.answered(asked, late), asked)
    const answered = Transfer.answered(asked, { nextOffset: 10, now: 3, sequence: sequence(5) })
    assert.deepStrictEqual([answered.phase, answered.nextOffset], ["Sending", 10])
  })

  it("§7 a question in the middle tells what was lost before it, and only that", () => {
    const whole = Transfer.answered(sending(), { nextOffset: 30, now: 1, sequence: sequence(5) })
    assert.strictEqual(whole.phase, "Sending")
    const lost = Transfer.answered(sending(), { nextOffset: 20, now: 1, sequence: sequence(5) })
    assert.strictEqual(lost.phase, "Asking")
    const sooner = Transfer.answered(sending(), { nextOffset: 20, now: 1, sequence: sequence(3) })
    assert.strictEqual(sooner.phase, "Sending")
  })

  it("§7 a peer is silent once its oldest chunk has waited for a round, and while nothing is on the way", () => {
    assert.isFalse(Transfer.isSilent(sending(), at(99)))
    assert.isTrue(Transfer.isSilent(sending(), at(100)))
    assert.isTrue(Transfer.isSilent({ ...sending(), inflight: [] }, at(0)))
    assert.isFalse(Transfer.isSilent(Transfer.lost(sending()), at(100)))
  })
})

import { assert, describe, it } from "vitest"
import { EventQueue, type Queued } from "../../src/simulation/EventQueue.ts"
import { SeededRandom } from "../../src/SeededRandom.ts"

interface Item extends Queued<Item> {
  readonly name: number
}

const item = (name: number): Item => ({ name, next: undefined })

const takeAll = (queue: EventQueue<Item>, through: number): Array<readonly [at: number, name: number]> => {
  const taken: Array<readonly [number, number]> = []
  while (queue.now < through) {
    for (let next = queue.advance(queue.now + 1); next !== undefined; next = next.next)
      taken.push([queue.now, next.name])
  }
  return taken
}

describe("EventQueue", () => {
  it("gives items by time, and within one millisecond in the order in which they were added", () => {
    const random = new SeededRandom(1)
    const queue = new EventQueue<Item>()
    const added: Array<readonly [at: number, name: number]> = []
    const taken: Array<readonly [at: number, name: number]> = []
    for (let round = 0; round < 200; round++) {
      for (let count = 0; count < 20; count++) {
        const at = queue.now + 1 + random.below(random.chance(500) ? 40 : 5_000)
        queue.add(at, item(added.length))
        added.push([at, added.length])
      }
      taken.push(...takeAll(queue, queue.now + random.below(60)))
    }
    taken.push(...takeAll(queue, queue.now + 6_000))
    assert.deepStrictEqual(
      taken,
      added.toSorted(([left], [right]) => left - right)
    )
  })

  it("takes nothing for a millisecond that has begun", () => {
    const queue = new EventQueue<Item>()
    queue.advance(queue.now + 1)
    assert.throws(() => queue.add(1, item(1)))
    assert.throws(() => queue.add(Number.NaN, item(1)))
  })
})

/**
 * Goal: going on from the normal form of a host makes no difference to what comes of it.
 *
 * Method: walk a cluster at random as it really runs, on clocks and numbers that move. At every step do the
 * same action to the normal form of the host, and compare the normal forms of what came of both.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  incarnation,
  isRequest,
  type Message,
  type SendMessage,
  sequence,
  type ServerOptions
} from "@effect-raft/core"
import type { Action } from "../../src/exploration/action.ts"
import { defaultBounds } from "../../src/exploration/bounds.ts"
import { hostText, messageText } from "../../src/exploration/canonicalText.ts"
import { firstHost, type Host, perform, type Performed } from "../../src/exploration/host.ts"
import { localActions } from "../../src/exploration/localActions.ts"
import { settingOf } from "../../src/exploration/model.ts"
import { normalHost, normalMessage } from "../../src/exploration/normalForm.ts"
import { libraryReducer } from "../../src/exploration/reducer.ts"
import { renamingsOf, serverNames } from "../../src/exploration/renamings.ts"
import { SeededRandom } from "../../src/SeededRandom.ts"

const unchanged = renamingsOf(serverNames(defaultBounds.servers))[0]!

/** Log time, lives and what an answer echoes differ from run to run. */
const undated = (text: string): string =>
  text.replace(/\b(time|lastTime|logTime|incarnation|sequence):\d+/g, "$1:0")

/** A message as the model would have it: its own normal form, or an answer to one. */
const inModel = (message: Message, network: ReadonlyArray<Message>): Message => {
  if (isRequest(message)) return normalMessage(message)
  const request = network.findLast(
    ({ from, sequence, _tag }) =>
      from === message.to && sequence === message.sequence && _tag.endsWith("Request")
  )
  return { ...message, sequence: sequence(request?.term ?? 0) }
}

const outcomeText = ({ host, sent }: Performed): string =>
  undated(
    [
      hostText(normalHost({ ...host, held: host.held.map(unnumbered) }), unchanged),
      ...new Set(sent.map(({ message }) => undated(messageText(normalMessage(message), unchanged))))
    ].join("\n")
  )

/** What waits twice, under two numbers, waits once in the model. */
const unnumbered = (output: SendMessage): SendMessage => ({
  ...output,
  message: { ...output.message, sequence: sequence(0), incarnation: incarnation(0) }
})

const walk = (seed: number, steps: number, serverOptions: Partial<ServerOptions>): ReadonlySet<string> => {
  const random = new SeededRandom(seed)
  const setting = settingOf(defaultBounds, {
    reducer: libraryReducer,
    disk: "Slow",
    hasTransfers: false,
    serverOptions
  })
  const hosts: Array<Host> = setting.configuration.members.map(({ id }) => firstHost(setting, id))
  let network: ReadonlyArray<Message> = []
  const roles = new Set<string>()
  for (let number = 0; number < steps; number++) {
    const position = random.below(hosts.length)
    const host = hosts[position]!
    const id = host.server.self.id
    const deliveries = network
      .filter(({ to }) => to === id)
      .map((message): Action => ({ _tag: "Deliver", message }))
    const local = localActions(setting, host)
    const choices = random.below(4) === 0 || deliveries.length === 0 ? local : deliveries
    const action = choices[random.below(choices.length)]!
    const real = perform({ ...setting, incarnation: number + 1 }, host, action)
    const normalAction: Action =
      action._tag === "Deliver" ? { _tag: "Deliver", message: inModel(action.message, network) } : action
    assert.strictEqual(
      outcomeText(perform(setting, normalHost(host), normalAction)),
      outcomeText(real),
      `seed ${seed}, step ${number}: ${JSON.stringify(action)}`
    )
    hosts[position] = real.host
    network = [...network, ...real.sent.map(({ message }) => message)]
    // Numbers begin anew in the next life: what is under way from the last one is out of the comparison.
    if (action._tag === "Crash") {
      network = network.filter(({ from, to }) => from !== id && to !== id)
      for (const [other, { held }] of hosts.entries()) {
        hosts[other] = { ...hosts[other]!, held: held.filter(({ message }) => message.to !== id) }
      }
    }
    roles.add(real.host.server.role._tag)
  }
  return roles
}

describe("the normal form of a host", () => {
  it.each([
    ["the plain protocol", {}],
    ["a no-op at the start of a term", { noOp: true }],
    ["CheckQuorum", { checkQuorum: true }]
  ] as const)("goes on as the host itself: %s", { timeout: 60_000 }, (_, serverOptions) => {
    const roles = new Set<string>()
    for (let seed = 1; seed <= 60; seed++) {
      for (const role of walk(seed, 300, serverOptions)) roles.add(role)
    }
    assert.sameMembers([...roles], ["Follower", "Candidate", "Leader"])
  })

  it("is its own normal form", () => {
    const setting = settingOf(defaultBounds, {
      reducer: libraryReducer,
      disk: "Slow",
      hasTransfers: false,
      serverOptions: {}
    })
    const once = normalHost(firstHost({ ...setting, incarnation: 7 }, setting.configuration.members[0]!.id))
    assert.deepStrictEqual(normalHost(once), once)
  })
})

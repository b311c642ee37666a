/**
 * From a line of text to the instruction it spells.
 */
import type { KvCommand } from "@effect-raft/kv"
import { Result } from "effect"
import {
  type Instruction,
  isServerName,
  isWord,
  quotingHint,
  serverNames,
  usages,
  type Word
} from "./instruction.ts"
import * as Quoting from "./quoting.ts"

/** The instruction on a line that is not blank, or what is wrong with it. */
export const parse = (line: string): Result.Result<Instruction, string> =>
  Result.flatMap(Quoting.split(line), ([word = "", ...operands]) =>
    isWord(word)
      ? read(word, operands)
      : Result.fail(`there is no command ${Quoting.quote(word)}; "help" lists them`)
  )

const read = (word: Word, operands: ReadonlyArray<string>): Result.Result<Instruction, string> => {
  const [first, second] = operands
  switch (word) {
    case "put":
    case "append":
      if (operands.length !== 2 || first === undefined || second === undefined) return misused(word, operands)
      return propose({ _tag: word === "put" ? "Put" : "Append", key: first, value: second })
    case "get":
    case "delete":
      if (operands.length !== 1 || first === undefined) return misused(word, operands)
      return propose({ _tag: word === "get" ? "Get" : "Delete", key: first })
    case "disconnect":
    case "connect":
    case "crash":
    case "restart":
    case "transfer":
      if (operands.length !== 1 || first === undefined) return misused(word, operands)
      if (!isServerName(first)) return noSuchServer(first)
      return Result.succeed({ _tag: serverTags[word], server: first })
    case "status":
    case "help":
    case "quit":
      if (operands.length !== 0) return misused(word, operands)
      return Result.succeed({ _tag: plainTags[word] })
  }
}

const propose = (command: KvCommand): Result.Result<Instruction, string> =>
  Result.succeed({ _tag: "Propose", command })

const serverTags = {
  disconnect: "Disconnect",
  connect: "Connect",
  crash: "Crash",
  restart: "Restart",
  transfer: "Transfer"
} as const
const plainTags = { status: "Status", help: "Help", quit: "Quit" } as const

const misused = (word: Word, operands: ReadonlyArray<string>) => {
  const form = usages[word].form
  const tooMany = operands.length > form.split(" ").length - 1
  const hint = tooMany && form.includes("VALUE") ? ` (${quotingHint})` : ""
  return Result.fail(`too ${tooMany ? "many" : "few"} words; write: ${form}${hint}`)
}

const noSuchServer = (text: string) =>
  Result.fail(`there is no server ${Quoting.quote(text)}; they are ${serverNames.join(", ")}`)

/**
 * What a person may tell the demo to do.
 */
import type { KvCommand } from "@effect-raft/kv"

/** The three servers, as people call them. */
export const serverNames = ["1", "2", "3"] as const
export type ServerName = (typeof serverNames)[number]

export const isServerName = (text: string): text is ServerName =>
  serverNames.some((serverName) => serverName === text)

export type Instruction =
  /** Replicate a command and show its answer. */
  | { readonly _tag: "Propose"; readonly command: KvCommand }
  | { readonly _tag: "Status" }
  /** Cut a server off from the others and from clients; it keeps running. */
  | { readonly _tag: "Disconnect"; readonly server: ServerName }
  | { readonly _tag: "Connect"; readonly server: ServerName }
  /** Kill a server; only its disk remains. */
  | { readonly _tag: "Crash"; readonly server: ServerName }
  | { readonly _tag: "Restart"; readonly server: ServerName }
  /** Let a server lead instead of the one that does. */
  | { readonly _tag: "Transfer"; readonly server: ServerName }
  | { readonly _tag: "Help" }
  | { readonly _tag: "Quit" }

/** The form of each instruction, by its first word, and what it does. */
export const usages = {
  put: { form: "put KEY VALUE", meaning: "store VALUE under KEY" },
  append: { form: "append KEY VALUE", meaning: "put VALUE behind what KEY holds" },
  get: { form: "get KEY", meaning: "show what KEY holds" },
  delete: { form: "delete KEY", meaning: "remove KEY" },
  status: { form: "status", meaning: "show the servers" },
  disconnect: { form: "disconnect N", meaning: "cut server N off the network; it keeps running" },
  connect: { form: "connect N", meaning: "put server N back on the network" },
  crash: { form: "crash N", meaning: "kill server N; only its disk remains" },
  restart: { form: "restart N", meaning: "start server N from its disk" },
  transfer: { form: "transfer N", meaning: "let server N lead, without waiting for an election timeout" },
  help: { form: "help", meaning: "show this" },
  quit: { form: "quit", meaning: "stop the cluster" }
} as const

export type Word = keyof typeof usages

export const isWord = (text: string): text is Word => Object.hasOwn(usages, text)

/** How to write a word that has blanks in it, for help and for errors. */
export const quotingHint = `quote what has blanks: put k "a b"; inside "": \\" \\\\ \\n \\r \\t \\u{1f600}`

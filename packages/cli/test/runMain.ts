/**
 * Runs the real command in a process of its own, as a shell would.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Run {
  readonly stdout: string
  readonly stderr: string
  /** `null` if a signal ended it. */
  readonly exitCode: number | null
}

export interface RunOptions {
  /** What standard input brings. It ends after that, unless `isInputOpen`. */
  readonly input?: string
  readonly isInputOpen?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** A shell command in which `"$@"` stands for ours. */
  readonly shell?: string
  /** Called with all of standard output so far, each time there is more. */
  readonly onOutput?: (stdout: string, child: ChildProcessWithoutNullStreams) => void
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Longer than any run here takes; a run that is killed for it has no exit code. */
const patienceMilliseconds = 20_000

export const runMain = (args: ReadonlyArray<string>, options: RunOptions = {}): Promise<Run> =>
  new Promise((resolve, reject) => {
    const command = [process.execPath, "--conditions=@effect-raft/source", main, ...args]
    const [file, ...rest] =
      options.shell === undefined ? command : ["sh", "-c", options.shell, "sh", ...command]
    const child = spawn(file ?? "", rest, {
      env: { ...plainEnvironment(), ...options.env },
      timeout: patienceMilliseconds,
      killSignal: "SIGKILL"
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += String(text)
      options.onOutput?.(stdout, child)
    })
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += String(text)))
    // A command that ends before it has read everything is nothing to complain about here.
    child.stdin.on("error", () => undefined)
    child.stdin.write(options.input ?? "")
    if (options.isInputOpen !== true) child.stdin.end()
    child.on("error", reject)
    child.on("close", (exitCode) => resolve({ stdout, stderr, exitCode }))
  })

/** Ours, without what would decide about color. */
const plainEnvironment = () => {
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...rest } = process.env
  return rest
}

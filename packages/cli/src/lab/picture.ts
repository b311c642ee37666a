/**
 * Keeps the picture of a history that no order explains.
 */
import type { LabResult } from "@effect-raft/testing"
import { Effect, FileSystem } from "effect"

/** Writes it to a new file, and gives the line that says where; nothing where there is no picture. */
export const savePicture = (result: LabResult): Effect.Effect<string, never, FileSystem.FileSystem> => {
  const picture = result.failure?.picture
  if (picture === undefined) return Effect.succeed("")
  return Effect.gen(function* () {
    const { makeTempFile, writeFileString } = yield* FileSystem.FileSystem
    const path = yield* makeTempFile({ prefix: "effect-raft-history-", suffix: ".html" })
    yield* writeFileString(path, picture)
    return `  picture: ${path}\n`
  }).pipe(Effect.catch((error) => Effect.succeed(`  the picture cannot be written: ${error.message}\n`)))
}

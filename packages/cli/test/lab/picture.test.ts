import { readFileSync, rmSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { LabFailure, labFailure, type LabResult } from "@effect-raft/testing"
import { Effect, FileSystem, PlatformError } from "effect"
import { savePicture } from "../../src/lab/picture.ts"

const failed = (failure: LabFailure | undefined): LabResult => ({
  part: "kv",
  test: "one client (3A)",
  profile: "mit",
  clock: "virtual",
  seed: 1,
  ok: failure === undefined,
  virtualSeconds: 15,
  wallSeconds: 1,
  servers: 5,
  rpcs: 1,
  bytes: 1,
  committed: 1,
  operations: 1,
  traceHash: "0123456789abcdef",
  warnings: [],
  failure
})

const withPicture = failed(
  new LabFailure({ assertion: "not linearizable", history: [], picture: "<!doctype html>" })
)

describe("the picture of a history", () => {
  it.effect("is written to a file, whose name is told", () =>
    Effect.gen(function* () {
      const line = yield* savePicture(withPicture)
      const path = /^ {2}picture: (\S+\.html)\n$/.exec(line)?.[1] ?? ""
      assert.strictEqual(readFileSync(path, "utf8"), "<!doctype html>")
      rmSync(path)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("is nothing where no history is at fault", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* savePicture(failed(labFailure("too slow"))), "")
      assert.strictEqual(yield* savePicture(failed(undefined)), "")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("that cannot be written ends nothing", () =>
    Effect.gen(function* () {
      const line = yield* savePicture(withPicture)
      assert.match(line, /^ {2}the picture cannot be written: /)
    }).pipe(
      Effect.provideService(
        FileSystem.FileSystem,
        FileSystem.makeNoop({
          makeTempFile: () =>
            Effect.fail(
              PlatformError.systemError({
                _tag: "PermissionDenied",
                module: "FileSystem",
                method: "makeTempFile"
              })
            )
        })
      )
    )
  )
})

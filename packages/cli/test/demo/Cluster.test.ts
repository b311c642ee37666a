import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Random, Scope, Stream } from "effect"
import { MemoryDisk } from "effect-raft"
import { TestClock } from "effect/testing"
import * as Answer from "../../src/demo/answer.ts"
import { Cluster, type Disks, type KvServer } from "../../src/demo/Cluster.ts"
import type { News } from "../../src/demo/news.ts"

/** Whether a server has stopped, waiting a while for it. */
const hasStopped = Effect.fnUntraced(function* (server: KvServer | undefined) {
  if (server === undefined) return false
  const fiber = yield* Effect.forkChild(Effect.timeoutOption(server.stopped, Duration.seconds(1)), {
    startImmediately: true
  })
  yield* TestClock.adjust(Duration.seconds(2))
  return (yield* Fiber.join(fiber))._tag === "Some"
})

const startCluster = Effect.fnUntraced(function* (disks: Disks | undefined) {
  const scope = yield* Scope.make()
  const layer = disks === undefined ? Cluster.layer : Cluster.layerOn(disks)
  const services = yield* Layer.buildWithScope(layer, scope)
  const cluster = yield* Effect.provideContext(Cluster, services)
  return { cluster, scope }
})

describe("a cluster", () => {
  it.effect("restart ends the life before it; crash ends one too, and the server cannot be asked", () =>
    Effect.gen(function* () {
      const { cluster } = yield* startCluster(undefined)
      const first = (yield* cluster.reachable).get("1")
      assert.isFalse(yield* hasStopped(first))

      yield* cluster.restart("1")
      const second = (yield* cluster.reachable).get("1")
      assert.isTrue(yield* hasStopped(first))
      assert.isFalse(yield* hasStopped(second))

      yield* cluster.crash("1")
      assert.isTrue(yield* hasStopped(second))
      assert.deepStrictEqual([...(yield* cluster.reachable).keys()], ["2", "3"])
    }).pipe(Random.withSeed(1))
  )

  it.effect("a cable that was pulled stays out over a crash, until somebody plugs it in", () =>
    Effect.gen(function* () {
      const { cluster } = yield* startCluster(undefined)
      yield* cluster.disconnect("2")
      yield* cluster.restart("2")
      assert.isFalse((yield* cluster.reachable).has("2"))
      assert.deepStrictEqual(
        (yield* cluster.status).map(({ connected }) => connected),
        [true, false, true]
      )
      yield* cluster.connect("2")
      assert.isTrue((yield* cluster.reachable).has("2"))
    }).pipe(Random.withSeed(1))
  )

  it.effect("a server whose disk breaks stops, says so, and counts as crashed until it is restarted", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const { cluster } = yield* startCluster({ 1: MemoryDisk.make(), 2: disk, 3: MemoryDisk.make() })
      const news: Array<News> = []
      yield* cluster.news.pipe(
        Stream.runForEach((item) => Effect.sync(() => news.push(item))),
        Effect.forkChild({ startImmediately: true })
      )

      const { contents } = disk
      const fails = { get: () => assert.fail("the disk is gone"), configurable: true }
      Object.defineProperty(disk, "contents", fails)
      yield* TestClock.adjust(Duration.seconds(5))
      assert.deepStrictEqual([...(yield* cluster.reachable).keys()], ["1", "3"])
      assert.deepStrictEqual(
        (yield* cluster.status).map(({ _tag }) => _tag),
        ["Running", "Crashed", "Running"]
      )
      const stops = news.filter(({ _tag }) => _tag === "Stopped")
      assert.lengthOf(stops, 1)
      assert.match(Answer.ofNews(stops[0]!), /^server 2 stopped by itself: .*the disk is gone$/)

      Object.defineProperty(disk, "contents", { value: contents, writable: true })
      yield* cluster.restart("2")
      assert.isTrue((yield* cluster.reachable).has("2"))
    }).pipe(Random.withSeed(1))
  )

  it.effect("closing its scope stops every server, also a restarted one", () =>
    Effect.gen(function* () {
      const { cluster, scope } = yield* startCluster(undefined)
      yield* cluster.restart("3")
      const servers = [...(yield* cluster.reachable).values()]
      assert.lengthOf(servers, 3)
      yield* Scope.close(scope, Exit.void)
      for (const server of servers) assert.isTrue(yield* hasStopped(server))
    }).pipe(Random.withSeed(1))
  )
})

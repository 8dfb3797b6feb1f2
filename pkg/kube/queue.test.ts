import { expect, test } from 'vitest'
import { type QueueObserver, WorkQueue } from './queue.ts'
import { ManualClock } from './testing/manual-clock.ts'

function newQueue(observer?: QueueObserver) {
  const clock = new ManualClock()
  const queue = new WorkQueue({ clock, random: () => 0, ...(observer && { observer }) })
  return { clock, queue }
}

/** Everything that can be taken now, each done at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = []
  while (queue.depth() > 0) {
    const key = (await queue.take()) as string
    keys.push(key)
    queue.done(key)
  }
  return keys
}

test('a key waits once, in the order in which keys came', async () => {
  const { queue } = newQueue()
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
  expect(queue.depth()).toBe(3)
  expect(await drain(queue)).toEqual(['a', 'b', 'c'])
})

test('higher priorities go first, and adding again promotes but never demotes', async () => {
  const { queue } = newQueue()
  queue.add('start', { priority: 'Start' })
  queue.add('resync', { priority: 'Resync' })
  queue.add('user', { priority: 'User' })
  queue.add('operation', { priority: 'Operation' })
  queue.add('promoted', { priority: 'Start' })
  queue.add('promoted', { priority: 'Operation' })
  queue.add('user', { priority: 'Start' })
  expect(queue.depth('Operation')).toBe(2)
  expect(await drain(queue)).toEqual(['user', 'operation', 'promoted', 'resync', 'start'])
})

test('a key that is added while it runs is not given to another worker, and waits again when it is done', async () => {
  const { queue } = newQueue()
  queue.add('a')
  expect(await queue.take()).toBe('a')
  queue.add('a', { priority: 'Start' })
  queue.add('a', { priority: 'Operation' })
  expect(queue.depth()).toBe(0)
  queue.done('a')
  expect(queue.depth('Operation')).toBe(1)
  expect(await drain(queue)).toEqual(['a'])
})

test('workers that wait get keys as they come, one each', async () => {
  const { queue } = newQueue()
  const takes = [queue.take(), queue.take()]
  queue.add('a')
  queue.add('b')
  expect(await Promise.all(takes)).toEqual(['a', 'b'])
  expect(queue.running).toBe(2)
})

test('a wait ends with the signal or when the queue is closed, and takes nothing with it', async () => {
  const { queue } = newQueue()
  const controller = new AbortController()
  const aborted = queue.take(controller.signal)
  controller.abort()
  expect(await aborted).toBeUndefined()
  queue.add('a')
  expect(await queue.take()).toBe('a')
  const closed = queue.take()
  queue.close()
  expect(await closed).toBeUndefined()
  queue.add('b')
  expect(await queue.take()).toBeUndefined()
})

test('a delayed key comes at its time; of two delays the earlier counts', async () => {
  const { clock, queue } = newQueue()
  queue.add('a', { afterMs: 1000 })
  queue.add('a', { afterMs: 5000 })
  queue.add('b', { afterMs: 3000 })
  queue.add('b', { afterMs: 2000, priority: 'Resync' })
  expect(clock.pending).toBe(1)
  clock.advance(998)
  expect(queue.depth()).toBe(0)
  clock.advance(2)
  expect(await drain(queue)).toEqual(['a'])
  clock.advance(1000)
  expect(await drain(queue)).toEqual(['b'])
  clock.advance(10_000)
  expect(queue.depth()).toBe(0)
  expect(clock.pending).toBe(0)
})

test('adding a key now drops its delay: its reconcile decides about the next look', async () => {
  const { clock, queue } = newQueue()
  queue.add('a', { afterMs: 1000 })
  queue.add('a')
  expect(queue.delayed).toBe(0)
  queue.add('a', { afterMs: 500 })
  expect(queue.delayed).toBe(0)
  expect(await drain(queue)).toEqual(['a'])
  clock.advance(5000)
  expect(queue.depth()).toBe(0)
})

test('a delay set during the work counts from then, and the key is given out once', async () => {
  const { clock, queue } = newQueue()
  queue.add('a')
  await queue.take()
  queue.add('a', { afterMs: 100 })
  clock.advance(200)
  expect(queue.depth()).toBe(0)
  queue.done('a')
  expect(await drain(queue)).toEqual(['a'])
})

test('a firm pause is ended by a user or its end, and by nothing else', async () => {
  const { clock, queue } = newQueue()
  queue.add('a', { afterMs: 500 })
  queue.backoff('a', { baseMs: 1000, maxMs: 1000, firm: true })
  queue.add('a', { priority: 'Operation' })
  queue.add('a', { priority: 'Start' })
  queue.add('a', { priority: 'Resync', afterMs: 100 })
  clock.advance(998)
  expect(await drain(queue)).toEqual([])
  clock.advance(2)
  expect(await drain(queue)).toEqual(['a'])
  queue.backoff('a', { baseMs: 1000, maxMs: 1000, firm: true })
  queue.add('a', { priority: 'User' })
  expect(await drain(queue)).toEqual(['a'])
  queue.add('a', { priority: 'Operation' })
  expect(await drain(queue)).toEqual(['a'])
})

test('what woke a key while it ran ends a firm pause only where a user did', async () => {
  const { clock, queue } = newQueue()
  for (const priority of ['Operation', 'User'] as const) {
    queue.add('a')
    await queue.take()
    queue.add('a', { priority })
    queue.add('a', { afterMs: 1000, firm: true, priority: 'Operation' })
    queue.done('a')
    expect(await drain(queue)).toEqual(priority === 'User' ? ['a'] : [])
    clock.advance(1000)
    expect(await drain(queue)).toEqual(priority === 'User' ? [] : ['a'])
  }
})

test('failures in a row double the pause up to the largest; forgetting starts over', () => {
  const { queue } = newQueue()
  const pauses = Array.from({ length: 5 }, () => queue.backoff('a', { baseMs: 100, maxMs: 500 }))
  expect(pauses).toEqual([100, 200, 400, 500, 500])
  expect(queue.failures('a')).toBe(5)
  queue.forget('a')
  expect(queue.backoff('a', { baseMs: 100, maxMs: 500 })).toBe(100)
})

test('the jitter takes away at most half', () => {
  const queue = new WorkQueue({ clock: new ManualClock(), random: () => 0.999 })
  const pause = queue.backoff('a', { baseMs: 1000, maxMs: 5000 })
  expect(pause).toBeGreaterThan(500)
  expect(pause).toBeLessThan(510)
})

test('a removed key does not come back, wherever it was', async () => {
  const { clock, queue } = newQueue()
  queue.add('waiting')
  queue.add('delayed', { afterMs: 100 })
  queue.remove('waiting')
  queue.remove('delayed')
  clock.advance(1000)
  expect(queue.depth()).toBe(0)
  queue.add('running')
  await queue.take()
  queue.add('running')
  queue.remove('running')
  queue.done('running')
  expect(queue.depth()).toBe(0)
})

test('the observer hears of adds, waits, work and retries', async () => {
  const heard: unknown[] = []
  const { clock, queue } = newQueue({
    added: () => heard.push('added'),
    taken: (seconds) => heard.push(['taken', seconds]),
    done: (seconds) => heard.push(['done', seconds]),
    retried: () => heard.push('retried'),
  })
  queue.add('a')
  queue.add('a')
  clock.advance(2000)
  await queue.take()
  clock.advance(3000)
  expect(queue.runningSeconds()).toEqual([3])
  queue.backoff('a', { baseMs: 10, maxMs: 10 })
  queue.done('a')
  expect(heard).toEqual(['added', ['taken', 2], 'retried', ['done', 3]])
})

test('100,000 keys are added and taken in a moment', async () => {
  const { clock, queue } = newQueue()
  const started = performance.now()
  for (let i = 0; i < 100_000; i += 1) queue.add(`key-${i}`, { priority: 'Start', afterMs: i % 3 === 0 ? 10 : 0 })
  clock.advance(20)
  const keys = await drain(queue)
  expect(new Set(keys).size).toBe(100_000)
  expect(performance.now() - started).toBeLessThan(5000)
})

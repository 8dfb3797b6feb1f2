import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { LinkedSignal } from './linked-signal.ts'

test('is aborted with the first of its sources, for the same reason', () => {
  const [a, b] = [new AbortController(), new AbortController()]
  using linked = new LinkedSignal([a.signal, undefined, b.signal])
  expect(linked.signal.aborted).toBe(false)
  b.abort('because')
  a.abort('later')
  expect(linked.signal.reason).toBe('because')
})

test('is aborted from the start with a source that is', () => {
  using linked = new LinkedSignal([new AbortController().signal, AbortSignal.abort('before')])
  expect(linked.signal.reason).toBe('before')
})

test('leaves nothing behind on its sources', () => {
  const source = new AbortController()
  {
    using linked = new LinkedSignal([source.signal])
    expect(linked.signal.aborted).toBe(false)
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(1)
  }
  expect(getEventListeners(source.signal, 'abort')).toHaveLength(0)
})

import { afterEach, expect, test } from 'vitest'
import { eventually } from '../../../test/support/eventually.ts'
import { KubeClient } from '../client.ts'
import type { Connection } from '../connection.ts'
import { Informer, type InformerOptions } from '../informer.ts'
import { type ConfigMap, configMap, configMaps } from './config-maps.ts'

/** Quick pauses, so that tests of lost connections are quick. */
export const quick = { backoff: { baseMs: 20, maxMs: 100 } }

/** An informer over ConfigMaps that runs until the test ends, and what it told. */
export function startInformer(connection: Connection, options: Partial<InformerOptions<ConfigMap>> = {}) {
  const client = new KubeClient({ connection })
  const informer = new Informer<ConfigMap>({ client, type: configMaps, ...quick, ...options })
  const told: string[] = []
  informer.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`))
  const controller = new AbortController()
  const running = informer.run(controller.signal)
  const stop = async () => {
    controller.abort()
    await running
  }
  afterEachStop.push(stop)
  return { client, informer, told, stop }
}

const afterEachStop: (() => Promise<void>)[] = []

/** Ends the informers of a test; call once at the top of a test file. */
export function stopInformersAfterEach(): void {
  afterEach(async () => {
    for (const stop of afterEachStop.splice(0)) await stop()
  })
}

/** What an informer must do with any API server: run on the fake one and on the real one. */
export function informerSuite(connection: () => Connection, namespace: () => Promise<string>): void {
  test('what is there, then every change', async () => {
    const ns = await namespace()
    const client = new KubeClient({ connection: connection() })
    for (let i = 0; i < 3; i += 1) await client.create(configMaps, configMap(`old-${i}`, {}, ns))
    const { informer, told } = startInformer(connection(), { namespaces: [ns] })
    const initial: boolean[] = []
    informer.subscribe((event) => initial.push(event.initial))
    expect(await informer.synced()).toBe(true)
    expect(told).toEqual(['Added old-0', 'Added old-1', 'Added old-2'])
    expect(initial).toEqual([true, true, true])
    expect(informer.get(`${ns}/old-1`)?.metadata.managedFields).toBeUndefined()

    await client.create(configMaps, configMap('new', {}, ns))
    await client.patch(configMaps, { namespace: ns, name: 'new' }, { data: { a: '1' } })
    await client.delete(configMaps, { namespace: ns, name: 'old-0' })
    await eventually('three changes', () => told.length === 6)
    expect(told.slice(3)).toEqual(['Added new', 'Updated new', 'Deleted old-0'])
    expect(initial[3]).toBe(false)
    expect(informer.size).toBe(3)
  })

  test('objects are found by index while they have the value', async () => {
    const ns = await namespace()
    const { client, informer, told } = startInformer(connection(), {
      namespaces: [ns],
      indexes: { colour: ({ data }) => (data?.['colour'] ? [data['colour']] : []) },
    })
    await informer.synced()
    await client.create(configMaps, configMap('a', { colour: 'red' }, ns))
    await client.create(configMaps, configMap('b', { colour: 'red' }, ns))
    await eventually('both', () => informer.byIndex('colour', 'red').length === 2)
    await client.patch(configMaps, { namespace: ns, name: 'a' }, { data: { colour: 'blue' } })
    await eventually('the change', () => told.includes('Updated a'))
    expect(informer.byIndex('colour', 'red').map(({ metadata }) => metadata.name)).toEqual(['b'])
    expect(informer.byIndex('colour', 'blue')).toHaveLength(1)
  })

  test('what was just written is there at once, is told once, and does not come back when it was deleted', async () => {
    const ns = await namespace()
    const { client, informer, told } = startInformer(connection(), { namespaces: [ns] })
    await informer.synced()
    const first = await client.create(configMaps, configMap('own', {}, ns))
    informer.observed(first)
    const second = await client.patch(configMaps, first.metadata, { data: { a: '1' } })
    informer.observed(second)
    expect(informer.get(`${ns}/own`)?.data).toEqual({ a: '1' })
    informer.observed(first)
    expect(informer.get(`${ns}/own`)?.data).toEqual({ a: '1' })
    await client.delete(configMaps, first.metadata)
    await eventually('the deletion', () => told.includes('Deleted own'))
    informer.observed(second)
    expect(informer.get(`${ns}/own`)).toBeUndefined()
    expect(told).toEqual(['Added own', 'Updated own', 'Deleted own'])
  })

  test('several namespaces have a stream each; others are not seen', async () => {
    const [a, b, c] = [await namespace(), await namespace(), await namespace()]
    const { client, informer, told } = startInformer(connection(), { namespaces: [a, b] })
    await informer.synced()
    for (const ns of [c, b, a]) await client.create(configMaps, configMap(`in-${ns}`, {}, ns))
    await eventually('two objects', () => informer.size === 2)
    expect([...told].sort()).toEqual([`Added in-${a}`, `Added in-${b}`].sort())
  })

  test('a subscriber that throws is logged and harms nobody', async () => {
    const ns = await namespace()
    const errors: string[] = []
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_: object, text: string) => errors.push(text),
      child: () => logger,
    }
    const { client, informer, told } = startInformer(connection(), { namespaces: [ns], logger })
    informer.subscribe(() => {
      throw new Error('broken')
    })
    const after: string[] = []
    informer.subscribe(({ object }) => after.push(object.metadata.name))
    await informer.synced()
    await client.create(configMaps, configMap('x', {}, ns))
    await client.create(configMaps, configMap('y', {}, ns))
    await eventually('both', () => told.length === 2)
    expect(after).toEqual(['x', 'y'])
    expect(errors).toHaveLength(2)
  })
}

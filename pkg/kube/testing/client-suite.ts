import { expect, test } from 'vitest'
import { KubeClient } from '../client.ts'
import type { Connection } from '../connection.ts'
import { isAlreadyExists, isConflict } from '../errors.ts'
import { configMap, configMaps } from './config-maps.ts'

/** What a client must be able to do with any API server: run on the fake one and on the real one. */
export function clientSuite(connection: () => Connection): void {
  const client = () => new KubeClient({ connection: connection() })

  test('an object is created, read, changed and deleted', async () => {
    const kube = client()
    const created = await kube.create(configMaps, configMap('life', { a: '1' }))
    expect(created.metadata.uid).toBeTruthy()
    expect(await kube.get(configMaps, created.metadata)).toMatchObject({ data: { a: '1' } })
    const patched = await kube.patch(configMaps, created.metadata, { data: { b: 'é' } })
    expect(patched.data).toEqual({ a: '1', b: 'é' })
    const updated = await kube.update(configMaps, { ...patched, data: { c: '3' } })
    expect(updated.data).toEqual({ c: '3' })
    expect(await kube.delete(configMaps, created.metadata)).toBe(true)
    expect(await kube.get(configMaps, created.metadata)).toBeUndefined()
    expect(await kube.delete(configMaps, created.metadata)).toBe(false)
  })

  test('a taken name is AlreadyExists, a stale version a Conflict', async () => {
    const kube = client()
    const first = await kube.create(configMaps, configMap('conflict'))
    const again = await kube.create(configMaps, configMap('conflict')).catch((error: unknown) => error)
    expect(isAlreadyExists(again)).toBe(true)
    await kube.patch(configMaps, first.metadata, { data: { a: '1' } })
    const stale = await kube.update(configMaps, first).catch((error: unknown) => error)
    expect(isConflict(stale)).toBe(true)
    const { resourceVersion } = first.metadata
    const patch = { metadata: { resourceVersion }, data: { a: '2' } }
    expect(isConflict(await kube.patch(configMaps, first.metadata, patch).catch((error: unknown) => error))).toBe(true)
  })

  test('deletion can be bound to a uid or a version', async () => {
    const kube = client()
    const { metadata } = await kube.create(configMaps, configMap('preconditions'))
    const other = kube.delete(configMaps, metadata, { uid: '00000000-0000-4000-8000-000000000000' })
    expect(isConflict(await other.catch((error: unknown) => error))).toBe(true)
    const stale = kube.delete(configMaps, metadata, { resourceVersion: '1' })
    expect(isConflict(await stale.catch((error: unknown) => error))).toBe(true)
    expect(await kube.delete(configMaps, metadata, { uid: metadata.uid })).toBe(true)
  })

  test('lists come in pages', async () => {
    const kube = client()
    for (let i = 0; i < 5; i += 1) await kube.create(configMaps, configMap(`page-${i}`))
    const page = await kube.list(configMaps, { namespace: 'default', limit: 2 })
    expect(page.items).toHaveLength(2)
    expect(page.metadata.continue).toBeTruthy()
    const names: string[] = []
    for await (const { metadata } of kube.listAll(configMaps, { namespace: 'default', limit: 2 }))
      names.push(metadata.name)
    expect(names).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((i) => `page-${i}`)))
  })

  test('an unknown resource is NotFound, with the id of the request', async () => {
    const error = await client()
      .create({ ...configMaps, plural: 'nothings/x/y/z/w' }, configMap('x'))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ class: 'NotFound', status: 404 })
    expect((error as { requestId?: string }).requestId).toBeTruthy()
  })

  test('an aborted call throws the reason of its signal', async () => {
    const reason = new Error('enough')
    await expect(
      client().get(configMaps, { name: 'x', namespace: 'default' }, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })
}

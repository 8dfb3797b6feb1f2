import { expect, test } from 'vitest'
import { ObjectStore } from './store.ts'
import { type ConfigMap, configMap } from './testing/config-maps.ts'

const newStore = () =>
  new ObjectStore<ConfigMap>({ tag: ({ data }) => data?.['tags']?.split(',') ?? [], owner: () => ['everybody'] })
const names = (objects: ConfigMap[]) => objects.map(({ metadata }) => metadata.name)

test('objects are found by key and by every value of an index', () => {
  const store = newStore()
  store.put(configMap('a', { tags: 'red,blue' }))
  store.put(configMap('b', { tags: 'blue' }))
  expect(store.get('default/a')?.data).toEqual({ tags: 'red,blue' })
  expect(names(store.byIndex('tag', 'blue'))).toEqual(['a', 'b'])
  expect(names(store.byIndex('owner', 'everybody'))).toEqual(['a', 'b'])
  expect(store.byIndex('tag', 'green')).toEqual([])
})

test('an index follows changes and removals', () => {
  const store = newStore()
  store.put(configMap('a', { tags: 'red' }))
  store.put(configMap('a', { tags: 'blue' }))
  expect(store.byIndex('tag', 'red')).toEqual([])
  expect(store.size).toBe(1)
  store.remove('default/a')
  store.remove('default/a')
  expect(store.byIndex('tag', 'blue')).toEqual([])
  expect([...store.values()]).toEqual([])
})

test('an index that does not exist is a defect', () => {
  expect(() => newStore().byIndex('colour', 'red')).toThrow('no index colour')
})

import { expect, it } from 'vitest'
import type { KubeClient } from './client.ts'
import type { StatusObject } from './kind.ts'
import type { Condition } from './resource.ts'
import { StatusWriter } from './status-writer.ts'

interface Thing extends StatusObject {
  spec: object
  status?: { conditions?: Condition[]; observedGeneration?: number; id?: string; lease?: string }
}

it('leaves fields alone that another controller applies', async () => {
  const written: (Thing['status'] | undefined)[] = []
  const client = {
    apply: async (_type: unknown, object: Thing) => {
      written.push(object.status)
      return object
    },
  } as unknown as KubeClient
  const type = { group: '', version: 'v1', plural: 'things', kind: 'Thing' }
  const writer = new StatusWriter<Thing>(client, type, 'auxo-thing', () => new Date('2026-01-01T00:00:00Z'), ['lease'])
  const object: Thing = {
    metadata: { name: 'x', namespace: 'a', generation: 1 },
    spec: {},
    status: { id: '1', lease: 'of another' },
  }
  const ready = { state: 'Ready', reason: 'Rest', message: 'it is there' } as const
  const shown = await writer.report(object, { readiness: ready, status: { id: '1', lease: 'of another' } })
  expect(written).toHaveLength(1)
  expect(written[0]).toMatchObject({ id: '1' })
  expect(written[0]).not.toHaveProperty('lease')
  // As the API server has it then: with the other's field. Nothing is to be written.
  const stored: Thing = { ...object, status: { ...shown.status, lease: 'of another, renewed' } }
  await writer.report(stored, { readiness: ready, status: { id: '1', lease: 'of another' } })
  expect(written).toHaveLength(1)
})

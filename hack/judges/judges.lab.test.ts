import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ArgoVerdict, argoHealth } from './argo-health.ts'
import { type KstatusVerdict, kstatus } from './kstatus.ts'

/** The first run builds the judges. */
const BUILD_MS = 600_000
const script = join(import.meta.dirname, '../../config/argo/health.lua')

const condition = (type: string, status: 'True' | 'False' | 'Unknown', message = '') => ({
  type,
  status,
  reason: 'AsTested',
  message,
})
const ready = condition('Ready', 'True', 'fine')
const notReady = condition('Ready', 'False', 'the cloud does not answer')

interface Case {
  name: string
  metadata?: { deletionTimestamp: string }
  status: { observedGeneration: number; conditions?: ReturnType<typeof condition>[] }
  kstatus: KstatusVerdict['status']
  argo: ArgoVerdict['status']
  /** What Argo CD says. */
  message?: string
}

/** All objects have generation 2. */
const cases: Case[] = [
  {
    name: 'new, with the default of the CRD',
    status: { observedGeneration: -1 },
    kstatus: 'InProgress',
    argo: 'Progressing',
  },
  {
    name: 'changed since the last look',
    status: { observedGeneration: 1, conditions: [ready] },
    kstatus: 'InProgress',
    argo: 'Progressing',
  },
  {
    name: 'seen, nothing known',
    status: { observedGeneration: 2, conditions: [condition('Ready', 'Unknown', 'first visit')] },
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: 'first visit',
  },
  {
    name: 'ready',
    status: { observedGeneration: 2, conditions: [ready] },
    kstatus: 'Current',
    argo: 'Healthy',
    message: 'fine',
  },
  {
    name: 'not ready, an outage that heals',
    status: { observedGeneration: 2, conditions: [notReady] },
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: 'the cloud does not answer',
  },
  {
    name: 'ready and working',
    status: { observedGeneration: 2, conditions: [ready, condition('Reconciling', 'True', 'updating')] },
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: 'updating',
  },
  {
    name: 'working',
    status: { observedGeneration: 2, conditions: [notReady, condition('Reconciling', 'True', '40 %')] },
    kstatus: 'InProgress',
    argo: 'Progressing',
    message: '40 %',
  },
  {
    name: 'stalled',
    status: { observedGeneration: 2, conditions: [notReady, condition('Stalled', 'True', 'change the spec')] },
    kstatus: 'Failed',
    argo: 'Degraded',
    message: 'change the spec',
  },
  {
    name: 'stalled, then changed',
    status: { observedGeneration: 1, conditions: [notReady, condition('Stalled', 'True')] },
    kstatus: 'InProgress',
    argo: 'Progressing',
  },
  {
    name: 'being deleted',
    metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
    status: { observedGeneration: 2, conditions: [ready] },
    kstatus: 'Terminating',
    argo: 'Progressing',
  },
]

const objects = cases.map(({ metadata, status }, index) => ({
  apiVersion: 'vdi.auxo.dev/v1alpha1',
  kind: 'Image',
  metadata: { name: `case-${index}`, namespace: 'desktops', generation: 2, ...metadata },
  spec: {},
  status,
}))

test(
  'kstatus reads our conditions as they are meant',
  async () => {
    const verdicts = await kstatus(objects)
    expect(verdicts.map(({ status }, index) => [cases[index]?.name, status])).toEqual(
      cases.map(({ name, kstatus }) => [name, kstatus]),
    )
  },
  BUILD_MS,
)

test(
  'Argo CD’s health check agrees with kstatus',
  async () => {
    const verdicts = await argoHealth(script, objects)
    expect(verdicts.map(({ status }, index) => [cases[index]?.name, status])).toEqual(
      cases.map(({ name, argo }) => [name, argo]),
    )
    for (const [index, { name, message }] of cases.entries()) {
      if (message !== undefined) expect(verdicts[index]?.message, name).toBe(message)
    }
  },
  BUILD_MS,
)

test(
  'an object without status is not healthy',
  async () => {
    const [verdict] = await argoHealth(script, [{ metadata: { name: 'new', generation: 1 }, spec: {} }])
    expect(verdict?.status).toBe('Progressing')
  },
  BUILD_MS,
)

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, dryRun, type Manifest, pathOf } from './api-server.ts'
import { ruleCases } from './cel-cases/all.ts'
import { badInput, goodDesktop } from './cel-cases/bad-input.ts'
import type { Spec, Trial } from './cel-cases/rule-case.ts'
import { BUILD_MS, type Cluster, startCluster } from './cluster.ts'
import { readManifests } from './manifests.ts'

let cluster: Cluster
let api: ApiServer
beforeAll(async () => {
  cluster = await startCluster()
  api = cluster.api
}, BUILD_MS)
afterAll(async () => await cluster[Symbol.asyncDispose]())

interface Rule {
  kind: string
  field: string
  message: string
}
const nameOf = ({ kind, field, message }: Rule) => `${kind} ${field}: ${message}`

test('every rule of every definition has a case', () => {
  const rules = readManifests('crds').flatMap((definition) => rulesOf(definition))
  expect(rules.length).toBeGreaterThan(0)
  expect([...new Set(ruleCases.map(nameOf))].sort()).toEqual([...new Set(rules.map(nameOf))].sort())
})

describe.each(ruleCases.map((ruleCase, index) => ({ ...ruleCase, index })))('$kind $field: $message', (ruleCase) => {
  test('refuses', async () => {
    const { code, body } = await attempt(ruleCase, ruleCase.refused, `refused-${ruleCase.index}`)
    expect(code).toBe(422)
    // A value that is not of the enum is refused before the rules are asked.
    if (ruleCase.field !== 'spec.containerFormat') expect(body.message).toContain(ruleCase.message)
  })

  test('lets pass', async () => {
    const { code, body, warnings } = await attempt(ruleCase, ruleCase.accepted, `accepted-${ruleCase.index}`)
    expect(body.message).toBeUndefined()
    expect([200, 201]).toContain(code)
    expect(warnings).toBe('')
  })
})

describe('bad input is refused in words', () => {
  test.each(badInput)('$kind: $what', async ({ kind, spec, message }) => {
    const { code, body } = await attempt({ kind }, { create: spec }, 'bad-input')
    expect(code).toBe(422)
    expect(body.message).toContain(message)
  })

  test('a name of 63 characters is none', async () => {
    const { code } = await attempt({ kind: 'Desktop' }, { create: goodDesktop }, 'a'.repeat(63))
    expect(code).toBe(201)
  })
})

async function attempt({ kind }: { kind: string }, trial: Trial, name: string) {
  const object = (spec: Spec): Manifest => ({
    apiVersion: 'vdi.auxo.dev/v1alpha1',
    kind,
    metadata: { name, namespace: 'desktops' },
    spec,
  })
  if ('create' in trial)
    return await api.create(object(trial.create), { query: { ...dryRun, fieldValidation: 'Warn' } })
  if ('spec' in trial) return await changeStatus(object(trial.spec), trial)
  const { body, code } = await api.create(object(trial.from))
  expect(body.message).toBeUndefined()
  expect(code).toBe(201)
  const changed = object(trial.to)
  return await api.replace({ ...changed, metadata: body.metadata }, { query: dryRun })
}

async function changeStatus(object: Manifest, { statusFrom, statusTo }: { statusFrom: Spec; statusTo: Spec }) {
  const path = `${pathOf(object)}/status`
  const created = await api.create(object)
  const first = await api.call('PUT', path, { ...created.body, status: statusFrom })
  expect(first.body.message).toBeUndefined()
  expect(first.code).toBe(200)
  return await api.call('PUT', path, { ...first.body, status: statusTo }, { query: dryRun })
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema
  'x-kubernetes-validations'?: { message: string }[]
}

function rulesOf(definition: Manifest): Rule[] {
  const { names, versions } = definition['spec'] as {
    names: { kind: string }
    versions: { schema: { openAPIV3Schema: Schema } }[]
  }
  return versions.flatMap(({ schema }) =>
    [...walk(schema.openAPIV3Schema, '')].map((rule) => ({ kind: names.kind, ...rule })),
  )
}

function* walk(schema: Schema, field: string): Generator<Omit<Rule, 'kind'>> {
  for (const { message } of schema['x-kubernetes-validations'] ?? []) yield { field, message }
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    yield* walk(child, field ? `${field}.${name}` : name)
  if (schema.items) yield* walk(schema.items, `${field}[]`)
  if (schema.additionalProperties) yield* walk(schema.additionalProperties, `${field}{}`)
}

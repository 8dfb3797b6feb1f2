import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { observeCloudCalls } from '../../controllers/metrics.ts'
import { metricsIn } from '../../hack/judges/promql.ts'
import { Metrics } from '../../pkg/kube/metrics.ts'
import type { Manifest } from './api-server.ts'
import { BUILD_MS } from './cluster.ts'
import { readManifests, root } from './manifests.ts'

interface Rule {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; description: string }
}
interface Panel {
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { expr: string }[]
}
interface StateMetric {
  name: string
  each: Record<string, unknown> & { type: 'Gauge' | 'Info' }
}
interface StateResource {
  groupVersionKind: { group: string; version: string; kind: string }
  metricNamePrefix: string
  labelsFromPath: Record<string, string[]>
  metrics: StateMetric[]
}

const alerts = readManifests('config/prometheus/alerts.yaml').flatMap(({ spec }) =>
  (spec as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules),
)
const { panels } = JSON.parse(readFileSync(join(root, 'config/grafana/auxo.json'), 'utf8')) as { panels: Panel[] }
const { spec: state } = load(
  readFileSync(join(root, 'config/kube-state-metrics/custom-resource-state.yaml'), 'utf8'),
) as { spec: { resources: StateResource[] } }

test(
  'alerts and dashboard ask for metrics that exist',
  async () => {
    const fromState = state.resources.flatMap(({ metricNamePrefix, metrics }) =>
      metrics.map(({ name }) => `${metricNamePrefix}_${name}`),
    )
    const known = new Set(['up', ...(await operatorMetrics()), ...fromState])
    const expressions = [
      ...alerts.map(({ expr }) => expr),
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ]
    const asked = await metricsIn(expressions.map((expression) => expression.replaceAll('$__rate_interval', '5m')))
    for (const [index, names] of asked.entries()) {
      expect(names, expressions[index]).not.toEqual([])
      for (const name of names) {
        const found = [...known].some((metric) => new RegExp(`^(?:${name})$`).test(metric))
        expect(found, `${name}, asked for by ${expressions[index]}`).toBe(true)
      }
    }
  },
  BUILD_MS,
)

test('every alert says how bad it is, what is wrong and what to do', () => {
  for (const { alert, labels, annotations } of alerts) {
    expect(['warning', 'critical'], alert).toContain(labels.severity)
    expect(annotations.summary, alert).toMatch(/\.$/)
    expect(annotations.description, alert).toMatch(/\.$|:/)
  }
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
})

test('no two panels lie on one another', () => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
})

test('kube-state-metrics reads every kind, and fields that the definitions have', () => {
  const definitions = readManifests('crds')
  expect(state.resources.map(({ groupVersionKind }) => groupVersionKind.kind)).toEqual(definitions.map(kindOf))
  for (const { groupVersionKind, labelsFromPath, metrics } of state.resources) {
    const schema = schemaOf(definitions.find((definition) => kindOf(definition) === groupVersionKind.kind) as Manifest)
    for (const path of Object.values(labelsFromPath)) expect(at(schema, path), path.join('.')).toBeDefined()
    for (const { each } of metrics) {
      const source = each[each.type.toLowerCase()] as {
        path?: string[]
        valueFrom?: string[]
        labelsFromPath?: Record<string, string[]>
      }
      const base = at(schema, source.path ?? [])
      expect(base, source.path?.join('.')).toBeDefined()
      const inner = base?.items ?? base
      for (const path of [source.valueFrom ?? [], ...Object.values(source.labelsFromPath ?? {})])
        expect(inner && at(inner, path), path.join('.')).toBeDefined()
    }
  }
})

test('the ServiceMonitor finds the metrics Service', () => {
  const [monitor] = readManifests('config/prometheus/service-monitor.yaml') as [Manifest]
  const { selector, endpoints } = monitor['spec'] as {
    selector: { matchLabels: Record<string, string> }
    endpoints: { port: string }[]
  }
  const services = readManifests('config/manager/services.yaml')
  const service = services.find(({ metadata }) => metadata.name === 'auxo-metrics') as Manifest
  // config/default adds the name.
  const labels = { 'app.kubernetes.io/name': 'auxo', ...(service.metadata['labels'] as object) }
  expect(labels).toMatchObject(selector.matchLabels)
  const ports = (service['spec'] as { ports: { name: string }[] }).ports.map(({ name }) => name)
  expect(endpoints.map(({ port }) => port)).toEqual(ports)
})

/** Names of the series that a running operator shows. */
async function operatorMetrics(): Promise<string[]> {
  const metrics = new Metrics()
  metrics.controller('image').started()('success')
  metrics.queue('image')
  metrics.lease('auxo-shard-0', true)
  observeCloudCalls(metrics.registry)
  const { body } = await metrics.text()
  metrics.registry.clear()
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  )
}

interface Schema {
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
}

function kindOf(definition: Manifest): string {
  return (definition['spec'] as { names: { kind: string } }).names.kind
}

function schemaOf(definition: Manifest): Schema {
  const { versions } = definition['spec'] as { versions: { schema: { openAPIV3Schema: Schema } }[] }
  return versions[0]?.schema.openAPIV3Schema as Schema
}

/** The schema of the field at a path; metadata has none of its own. */
function at(schema: Schema, path: readonly string[]): Schema | undefined {
  if (path[0] === 'metadata') return { type: 'string' }
  return path.reduce<Schema | undefined>((inner, name) => inner?.properties?.[name], schema)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { expect, test } from 'vitest'
import { computeKinds } from '../../api/v1alpha1/compute-kinds.ts'
import { kinds } from '../../api/v1alpha1/kinds.ts'
import { commonReasons } from '../../api/v1alpha1/reasons.ts'
import { operatorCommand } from '../../controllers/options.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('every alert has a runbook', () => {
  const [rules] = loadAll(read('config/prometheus/alerts.yaml')) as [Rules]
  const alerts = rules.spec.groups.flatMap((group) => group.rules.map(({ alert }) => alert))
  const headings = [...read('docs/runbooks.md').matchAll(/^### (Auxo\w+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(alerts)
})

test('the guide says what to do for every reason of a condition', () => {
  const [, section = ''] = read('docs/guide.md').split('## Status and conditions')
  const rows = section.split('\n## ')[0]?.matchAll(/^\| (`.+?`) \|/gm) ?? []
  const named = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, reason]) => reason))
  const reasons = kinds.flatMap((kind) => Object.keys(kind.reasons))
  expect(new Set(named)).toEqual(new Set(reasons))
})

test('the runbooks have a line for every reason of desktops and what they are made of', () => {
  const [, section = ''] = read('docs/runbooks.md').split('## Desktops')
  const rows = section.split('\n## ')[0]?.matchAll(/^\| (.+?) \|/gm) ?? []
  const named = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, reason]) => reason))
  const reasons = computeKinds
    .flatMap((kind) => Object.keys(kind.reasons))
    .filter((reason) => !(reason in commonReasons))
  // What is ready, or on its way out, gets stuck nowhere.
  expect(reasons.filter((reason) => !['Available', 'Applied', 'Deleting', ...named].includes(reason))).toEqual([])
})

test('flags that the docs name are the operator’s', () => {
  const known = operatorCommand().options.map(({ long }) => long)
  const text = ['docs/guide.md', 'docs/runbooks.md', 'SECURITY.md'].map(read).join('\n')
  const named = [
    ...text.matchAll(/`(--(?:watch|shards|log|metrics|workers|transfers|resync|spool|deny|allow)[a-z-]*)/g),
  ]
  expect(named.length).toBeGreaterThan(0)
  for (const [, flag] of named) expect(known).toContain(flag)
})

interface Rules {
  spec: { groups: { rules: { alert: string }[] }[] }
}

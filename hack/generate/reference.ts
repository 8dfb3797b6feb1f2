import type { KindDefinition } from '../../api/v1alpha1/kind-definition.ts'
import { kinds } from '../../api/v1alpha1/kinds.ts'
import { API_VERSION } from '../../api/v1alpha1/names.ts'
import { type CrdSchema, structuralSchema } from './crd.ts'

/** docs/reference.md: every kind, field and reason, from the same source as the CRDs. */
export function reference(): string {
  const parts = ['# Reference', '', `Generated from \`api/v1alpha1\` (\`${API_VERSION}\`). Do not edit.`, '']
  parts.push(...kinds.map((kind) => `- [${kind.names.kind}](#${kind.names.kind.toLowerCase()})`), '')
  for (const kind of kinds) parts.push(...section(kind))
  return `${parts.join('\n').trimEnd()}\n`
}

function section(kind: KindDefinition): string[] {
  const { names } = kind
  return [
    `## ${names.kind}`,
    '',
    `${kind.description} Short name \`${names.shortNames.join('`, `')}\`.`,
    '',
    '### Spec',
    '',
    ...fieldTable('spec', structuralSchema(kind.spec)),
    '',
    '### Status',
    '',
    ...fieldTable('status', structuralSchema(kind.status)),
    '',
    '### Reasons',
    '',
    '| reason | meaning |',
    '| --- | --- |',
    ...Object.entries(kind.reasons).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`),
    '',
  ]
}

function fieldTable(root: string, schema: CrdSchema): string[] {
  return ['| field | type | meaning |', '| --- | --- | --- |', ...rows(root, schema)]
}

function rows(path: string, schema: CrdSchema): string[] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const here = `${path}.${name}`
    const meaning = [field.description ?? '', ...rules(field)].filter((part) => part !== '').join('<br>')
    const row = `| \`${here}\` | ${typeOf(field)}${required.has(name) ? ', required' : ''} | ${meaning.replaceAll('|', '\\|')} |`
    const items = field.items as CrdSchema | undefined
    return [row, ...rows(here, field), ...(items?.properties ? rows(`${here}[]`, items) : [])]
  })
}

function typeOf(field: CrdSchema): string {
  if (Array.isArray(field.enum)) return (field.enum as string[]).map((value) => `\`${value}\``).join(' \\| ')
  if (field.type === 'array') return `list of ${(field.items as CrdSchema | undefined)?.type ?? 'values'}`
  if (field.additionalProperties) return 'map of strings'
  return field.format === 'date-time' ? 'time' : (field.type ?? 'object')
}

function rules(field: CrdSchema): string[] {
  const list = (field['x-kubernetes-validations'] ?? []) as { message: string }[]
  return list.map(({ message }) => `_Rule: ${message}._`)
}

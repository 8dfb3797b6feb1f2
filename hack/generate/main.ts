/**
 * Writes what is generated from api/: CRDs, their Helm templates, the reference. With `--check` it writes nothing and
 * fails where a file is not up to date.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import { kinds } from '../../api/v1alpha1/kinds.ts'
import { customResourceDefinition } from './crd.ts'
import { reference } from './reference.ts'

const root = join(import.meta.dirname, '../..')
const header = '# Generated from api/v1alpha1 by `npm run generate`. Do not edit.\n'

function outputs(): Map<string, string> {
  const files = new Map<string, string>()
  for (const kind of kinds) {
    const yaml = dump(customResourceDefinition(kind), { lineWidth: 120, noRefs: true })
    files.set(`crds/${kind.names.plural}.yaml`, header + yaml)
    files.set(`config/helm/auxo/templates/crds/${kind.names.plural}.yaml`, helmTemplate(yaml))
  }
  files.set('docs/reference.md', reference())
  return files
}

/** The same CRD behind `crds.enabled`, kept when the release is removed. */
function helmTemplate(yaml: string): string {
  const literal = yaml.replaceAll('{{', '{{ "{{" }}')
  const kept = literal.replace(/^metadata:\n/m, 'metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n')
  return `${header}{{- if .Values.crds.enabled }}\n${kept}{{- end }}\n`
}

const check = process.argv.includes('--check')
const stale: string[] = []
for (const [name, content] of outputs()) {
  const path = join(root, name)
  const current = await readFile(path, 'utf8').catch(() => undefined)
  if (current === content) continue
  stale.push(name)
  if (check) continue
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
if (check && stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}; run npm run generate`)
  process.exitCode = 1
} else if (!check) console.log(stale.length === 0 ? 'all up to date' : `written: ${stale.join(', ')}`)

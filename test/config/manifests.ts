import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import type { Manifest } from './api-server.ts'

/** The repository. */
export const root = join(import.meta.dirname, '../..')

/** The objects of a text of YAML documents. */
export function parseManifests(yaml: string): Manifest[] {
  return (loadAll(yaml) as (Manifest | null)[]).filter((document) => document !== null && document !== undefined)
}

/** The objects that stand in a page of the docs. */
function manifestsInPage(markdown: string): Manifest[] {
  const blocks = [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']) => yaml)
  return blocks.flatMap(parseManifests)
}

/** The objects of a file or a page, or of the YAML files of a folder in the order of their names, as `kubectl apply -f` reads them. */
export function readManifests(path: string): Manifest[] {
  const full = join(root, path)
  if (path.endsWith('.md')) return manifestsInPage(readFileSync(full, 'utf8'))
  if (path.endsWith('.yaml')) return parseManifests(readFileSync(full, 'utf8'))
  const files = readdirSync(full).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
  return files.sort().flatMap((name) => parseManifests(readFileSync(join(full, name), 'utf8')))
}

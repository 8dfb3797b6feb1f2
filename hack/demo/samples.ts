import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, loadAll } from 'js-yaml'

/** The parts of the samples that only the demo knows. */
export interface SampleValues {
  cloudsYaml: string
  /** Where the sample's image is, and what it is. */
  imageUrl: string
  imageBytes: Uint8Array
}

/** config/samples as one YAML text, with the demo's cloud and the demo's image in place of the placeholders. */
export function samples({ cloudsYaml, imageUrl, imageBytes }: SampleValues): string {
  const folder = join(import.meta.dirname, '../../config/samples')
  const files = readdirSync(folder)
    .filter((name) => /^\d+.*\.yaml$/.test(name))
    .toSorted()
  const objects = files.flatMap((name) => loadAll(readFileSync(join(folder, name), 'utf8')) as Sample[])
  for (const object of objects) {
    if (object.kind === 'Secret') object.stringData = { 'clouds.yaml': cloudsYaml }
    const http = object.spec?.source?.http
    if (http === undefined) continue
    http.url = imageUrl
    http.checksum = { algorithm: 'SHA256', value: createHash('sha256').update(imageBytes).digest('hex') }
  }
  return objects.map((object) => dump(object)).join('---\n')
}

interface Sample {
  kind: string
  stringData?: Record<string, string>
  spec?: { source?: { http?: { url: string; checksum: { algorithm: string; value: string } } } }
}

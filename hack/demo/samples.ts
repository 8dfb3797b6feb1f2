import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, loadAll } from 'js-yaml'

/** The parts of the samples that only the demo knows. */
export interface SampleValues {
  cloudsYaml: string
  /** `Cloud.spec.project`; desktops and what they are made of are left out without it. */
  project: string | undefined
  /** Where the sample's image is, and what it is. */
  imageUrl: string
  imageBytes: Uint8Array
}

/** An object of the samples, as far as the demo looks into it. */
export interface Sample {
  kind: string
  stringData?: Record<string, string>
  spec?: {
    project?: { name: string }
    source?: { http?: { url: string; checksum: { algorithm: string; value: string } } }
  }
}

/** The objects of config/samples, with the demo's cloud and the demo's image in place of the placeholders. */
export function samples({ cloudsYaml, project, imageUrl, imageBytes }: SampleValues): Sample[] {
  const folders = ['config/samples', ...(project === undefined ? [] : ['config/samples/desktops'])]
  const objects = folders.flatMap(objectsIn)
  for (const object of objects) {
    if (object.kind === 'Secret') object.stringData = { 'clouds.yaml': cloudsYaml }
    if (object.kind === 'Cloud' && project !== undefined) object.spec = { ...object.spec, project: { name: project } }
    const http = object.spec?.source?.http
    if (http === undefined) continue
    http.url = imageUrl
    http.checksum = { algorithm: 'SHA256', value: createHash('sha256').update(imageBytes).digest('hex') }
  }
  return objects
}

/** As `kubectl apply` takes them. */
export function asYaml(objects: readonly Sample[]): string {
  return objects.map((object) => dump(object)).join('---\n')
}

function objectsIn(folder: string): Sample[] {
  const directory = join(import.meta.dirname, '../..', folder)
  const files = readdirSync(directory).filter((name) => /^\d+.*\.yaml$/.test(name))
  return files.toSorted().flatMap((name) => loadAll(readFileSync(join(directory, name), 'utf8')) as Sample[])
}

import { expect, test } from 'vitest'
import { kinds } from '../../api/v1alpha1/kinds.ts'
import { GROUP, REFRESH_ANNOTATION, UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
import type { Manifest } from './api-server.ts'
import { readManifests } from './manifests.ts'

// Examples for programs that are not part of the tests' cluster: what they refer to must be there.

test('Flux: the Kustomization takes the repository beside it, and waits for what it applies', () => {
  const [repository, kustomization] = readManifests('config/flux/desktops.yaml') as [Manifest, Manifest]
  const { kind, metadata } = repository
  expect(kustomization['spec']).toMatchObject({ sourceRef: { kind, name: metadata.name }, wait: true, prune: true })
})

test('Argo CD: annotations that people set for a moment are no drift', () => {
  const [application] = readManifests('config/argo/application.yaml') as [Manifest]
  const { ignoreDifferences } = application['spec'] as { ignoreDifferences: { kind: string; jsonPointers: string[] }[] }
  const pointers = [UPLOAD_TICKET_ANNOTATION, REFRESH_ANNOTATION].map(
    (annotation) => `/metadata/annotations/${annotation.replaceAll('/', '~1')}`,
  )
  expect(ignoreDifferences).toEqual([{ group: 'vdi.auxo.dev', kind: 'Image', jsonPointers: pointers }])
})

test('kind: the port of the host leads to the node port of the Service', () => {
  const [cluster] = readManifests('hack/kind/cluster.yaml') as unknown as [
    { nodes: { extraPortMappings: { containerPort: number; hostPort: number }[] }[] },
  ]
  const [overlay] = readManifests('hack/kind/kustomization.yaml') as unknown as [{ patches: { patch: string }[] }]
  const patches = overlay.patches.map(({ patch }) => patch).join('\n')
  for (const { containerPort, hostPort } of cluster.nodes.flatMap((node) => node.extraPortMappings)) {
    expect(patches).toContain(`path: /spec/ports/0/nodePort\n  value: ${containerPort}`)
    expect(patches).toContain(`--upload-url=https://localhost:${hostPort}`)
  }
})

test.each(['docs/guide.md', 'docs/ten-desktops.md'])('%s: objects are as their kinds have them', (page) => {
  const objects = readManifests(page).filter(({ apiVersion }) => apiVersion.startsWith(GROUP))
  expect(objects.length).toBeGreaterThan(4)
  for (const { kind, spec } of objects) {
    const definition = kinds.find(({ names }) => names.kind === kind)
    // What the schema does not know is left out of its result.
    expect({ kind, spec: definition?.spec.parse(spec) }).toEqual({ kind, spec })
  }
})

test('ten desktops: one example for every kind that they take', () => {
  const shown = new Set(readManifests('docs/ten-desktops.md').map(({ kind }) => kind))
  const ours = kinds.map(({ names }) => names.kind).filter((kind) => kind !== 'Flavor')
  expect(shown).toEqual(new Set([...ours, 'Kustomization', 'Application']))
})

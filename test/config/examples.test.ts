import { expect, test } from 'vitest'
import { REFRESH_ANNOTATION, UPLOAD_TICKET_ANNOTATION } from '../../api/v1alpha1/names.ts'
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

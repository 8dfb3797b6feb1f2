import { describe, expect, it } from 'vitest'
import type { Image } from '../../api/v1alpha1/objects.ts'
import { newImage } from './wanted.ts'

const image: Image = {
  metadata: { name: 'office', namespace: 'desktops' },
  spec: {
    cloudRef: { name: 'vdi' },
    source: { type: 'Upload' },
    diskFormat: 'qcow2',
    imageName: 'Office \u{1f600}',
    protection: 'Protected',
    visibility: 'Public',
    properties: { os_type: 'windows' },
  },
}
const mark = 'acme/desktops/office'

describe('the image to register', () => {
  it('has what spec says, and our mark', () => {
    expect(newImage(image, mark, 'id')).toMatchObject({
      ...{ id: 'id', name: 'Office \u{1f600}', protected: true, visibility: 'public', disk_format: 'qcow2' },
      properties: { os_type: 'windows', auxo_mark: `${mark}@id` },
    })
  })

  it('has nothing that Glance could refuse or protect where it is made only to be deleted', () => {
    const deleting = { ...image, metadata: { ...image.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
    expect(newImage(deleting, mark, 'id')).toEqual({
      ...{ id: 'id', name: 'office', disk_format: 'qcow2', container_format: 'bare' },
      properties: { auxo_mark: `${mark}@id` },
    })
  })
})

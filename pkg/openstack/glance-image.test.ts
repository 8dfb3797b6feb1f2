import { describe, expect, it } from 'vitest'
import { isReservedPropertyKey, parseGlanceImage } from './glance-image.ts'

describe('parseGlanceImage', () => {
  it('parts Glance’s own fields from free properties', () => {
    const image = parseGlanceImage({
      id: 'i',
      name: null,
      status: 'queued',
      visibility: 'shared',
      protected: false,
      size: null,
      virtual_size: null,
      min_disk: 1,
      min_ram: 2,
      owner: 'p',
      os_hidden: true,
      tags: ['t'],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:01Z',
      self: '/v2/images/i',
      file: '/v2/images/i/file',
      schema: '/v2/schemas/image',
      stores: 'fast,slow',
      locations: [],
      os_type: 'linux',
      hw_disk_bus: 'virtio',
    })
    expect(image).toEqual({
      id: 'i',
      status: 'queued',
      visibility: 'shared',
      protected: false,
      min_disk: 1,
      min_ram: 2,
      owner: 'p',
      os_hidden: true,
      tags: ['t'],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:01Z',
      stores: ['fast', 'slow'],
      properties: { os_type: 'linux', hw_disk_bus: 'virtio' },
    })
  })

  it.each([null, undefined, [], {}, { id: 'i' }, { id: 5, status: 'active' }])('refuses %j', (value) => {
    expect(() => parseGlanceImage(value)).toThrow(
      expect.objectContaining({ class: 'Unavailable', code: 'InvalidAnswer' }),
    )
  })
})

describe('isReservedPropertyKey', () => {
  it('knows fields, Glance’s notes, and nothing more', () => {
    expect(['name', 'os_hidden', 'os_glance_import_task', 'stores'].every(isReservedPropertyKey)).toBe(true)
    expect(['os_type', 'hw_disk_bus', 'auxo_mark', 'namex'].some(isReservedPropertyKey)).toBe(false)
  })
})

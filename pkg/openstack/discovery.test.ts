import { describe, expect, it } from 'vitest'
import { parseVersionDocument, versionDocumentUrl, versionedEndpoint } from './discovery.ts'

describe('versionedEndpoint and versionDocumentUrl', () => {
  it.each([
    ['image', 'http://h:9292', 'http://h:9292/v2', 'http://h:9292/'],
    ['image', 'http://h/image/', 'http://h/image/v2', 'http://h/image/'],
    ['image', 'http://h/image/v2', 'http://h/image/v2', 'http://h/image/'],
    ['compute', 'http://h:8774/v2.1', 'http://h:8774/v2.1', 'http://h:8774/v2.1/'],
    ['compute', 'http://h/compute/v2.1/abc', 'http://h/compute/v2.1/abc', 'http://h/compute/v2.1/'],
    ['block-storage', 'http://h/v3/p1', 'http://h/v3/p1', 'http://h/v3/'],
    ['block-storage', 'http://h/volume/v3', 'http://h/volume/v3', 'http://h/volume/v3/'],
    ['identity', 'http://h/identity', 'http://h/identity/v3', 'http://h/identity/v3/'],
    ['network', 'http://h:9696', 'http://h:9696/v2.0', 'http://h:9696/'],
    ['placement', 'http://h/placement', 'http://h/placement', 'http://h/placement/'],
  ])('%s at %s', (service, url, versioned, document) => {
    expect(versionedEndpoint(service, url)).toBe(versioned)
    expect(versionDocumentUrl(service, url)).toBe(document)
  })
})

describe('parseVersionDocument', () => {
  it('reads Nova', () => {
    const body = { version: { id: 'v2.1', status: 'CURRENT', version: '2.104', min_version: '2.1' } }
    expect(parseVersionDocument('compute', body)).toEqual({
      version: 'v2.1',
      microversions: { min: '2.1', max: '2.104' },
    })
  })

  it('reads Glance: the current one of many, without microversions', () => {
    const body = {
      versions: [
        { id: 'v2.15', status: 'SUPPORTED' },
        { id: 'v2.17', status: 'CURRENT' },
      ],
    }
    expect(parseVersionDocument('image', body)).toEqual({ version: 'v2.17' })
  })

  it('chooses the version that is used when several are current', () => {
    const versions = [
      { id: 'v2.0', status: 'CURRENT' },
      { id: 'v3.0', status: 'CURRENT', version: '3.71', min_version: '3.0' },
    ]
    expect(parseVersionDocument('block-storage', { versions })?.version).toBe('v3.0')
  })

  it('reads Keystone’s list and placement’s max_version', () => {
    expect(parseVersionDocument('identity', { versions: { values: [{ id: 'v3.14', status: 'stable' }] } })).toEqual({
      version: 'v3.14',
    })
    const placement = { versions: [{ id: 'v1.0', min_version: '1.0', max_version: '1.39' }] }
    expect(parseVersionDocument('placement', placement)?.microversions).toEqual({ min: '1.0', max: '1.39' })
  })

  it.each([undefined, null, {}, { versions: [] }, { versions: [{}] }, []])('takes %j for no document', (body) => {
    expect(parseVersionDocument('image', body)).toBeUndefined()
  })
})

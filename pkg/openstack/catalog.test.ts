import { describe, expect, it } from 'vitest'
import { findEndpoint, listEndpoints, officialType, requireEndpoint } from './catalog.ts'

function endpoints(url: string, region = 'R1') {
  return ['public', 'internal', 'admin'].map((kind) => ({ interface: kind, url: `${url}/${kind}`, region_id: region }))
}

const catalog = [
  { type: 'image', endpoints: [...endpoints('http://g2', 'R2'), ...endpoints('http://g1')] },
  { type: 'volumev2', endpoints: endpoints('http://c2') },
  { type: 'volumev3', endpoints: endpoints('http://c3') },
]

describe('findEndpoint', () => {
  it('chooses by region and interface', () => {
    expect(findEndpoint(catalog, 'image', { region: 'R1', interface: 'internal' })).toBe('http://g1/internal')
    expect(findEndpoint(catalog, 'image', { interface: 'public' })).toBe('http://g2/public')
    expect(findEndpoint(catalog, 'image', { region: 'R3', interface: 'public' })).toBeUndefined()
  })

  it('finds Cinder under its old and its new name, the new one first', () => {
    const choice = { interface: 'public' } as const
    expect(findEndpoint(catalog, 'block-storage', choice)).toBe('http://c3/public')
    expect(findEndpoint(catalog, 'volumev3', choice)).toBe('http://c3/public')
    const both = [...catalog, { type: 'block-storage', endpoints: endpoints('http://bs') }]
    expect(findEndpoint(both, 'volumev3', choice)).toBe('http://bs/public')
  })

  it('knows interfaces and regions as old catalogues write them', () => {
    const old = [{ type: 'image', endpoints: [{ interface: 'publicURL', url: 'http://g', region: 'R1' }] }]
    expect(findEndpoint(old, 'image', { region: 'R1', interface: 'public' })).toBe('http://g')
  })
})

describe('requireEndpoint', () => {
  it('says what there is', () => {
    expect(() => requireEndpoint(catalog, 'image', { region: 'R9', interface: 'public' })).toThrow(
      'the catalogue has no public endpoint of type "image" in region "R9"; regions are: R2, R1',
    )
  })
})

describe('listEndpoints', () => {
  it('has each official type once', () => {
    expect([...listEndpoints(catalog, { region: 'R1', interface: 'public' })]).toEqual([
      ['image', 'http://g1/public'],
      ['volumev2', 'http://c2/public'],
      ['block-storage', 'http://c3/public'],
    ])
  })

  it('leaves unknown types their names', () => {
    expect(officialType('dns')).toBe('dns')
  })
})

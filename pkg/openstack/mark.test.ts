import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  flavorDescription,
  flavorIdFor,
  imageIdFor,
  markKey,
  markOf,
  markProperty,
  readFlavorMark,
  readMark,
  resizeFlavorIdFor,
} from './mark.ts'

const mark = markOf('acme-prod', 'desktops', 'windows-11')

describe('imageIdFor', () => {
  it('is a UUIDv5 that never changes: it is what finds our images again', () => {
    expect(imageIdFor(mark, 1)).toBe(imageIdFor(mark, 1))
    expect(imageIdFor(mark, 1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(imageIdFor('acme-prod/desktops/windows-11', 1)).toBe('843c1578-268c-5211-9879-1b864aa82f98')
  })

  it('differs by mark and attempt', () => {
    const ids = [imageIdFor(mark, 1), imageIdFor(mark, 2), imageIdFor(markOf('acme-prod', 'desktops', 'w'), 1)]
    expect(new Set(ids).size).toBe(3)
  })
})

describe('ids of flavors', () => {
  const size = { vcpus: 2, ram: 4096, disk: 40 }

  it('never change: they are what finds our flavors again', () => {
    expect(flavorIdFor(mark, size)).toBe('bca25e20-c1d6-58f4-8639-9a42c680b863')
    expect(flavorIdFor(mark, { ...size, ephemeral: 0, swap: 0 })).toBe(flavorIdFor(mark, size))
    expect(resizeFlavorIdFor('0b1c')).toBe('2e3d82bc-7a0e-5ac9-b067-066136a1cf15')
  })

  it('differ by owner and by every part of the size', () => {
    const sizes = [size, { ...size, vcpus: 4 }, { ...size, ram: 1 }, { ...size, disk: 1 }, { ...size, ephemeral: 1 }]
    const ids = [...sizes, { ...size, swap: 1 }].flatMap((one) => [flavorIdFor(mark, one), flavorIdFor('other', one)])
    expect(new Set([...ids, imageIdFor(mark, 1), resizeFlavorIdFor(mark)]).size).toBe(14)
  })
})

describe('marks of flavors', () => {
  it('are read back from the description', () => {
    expect(readFlavorMark({ description: flavorDescription(mark) })).toBe(mark)
  })

  it.each([undefined, '', 'auxo_mark=', 'Windows', `the auxo_mark=${mark}`])('take %j for none', (description) => {
    expect(readFlavorMark({ description })).toBeUndefined()
  })
})

describe('readMark', () => {
  it('counts only on the image whose id it holds', () => {
    const id = imageIdFor(mark, 1)
    const properties = { [markKey]: markProperty(mark, id) }
    expect(readMark({ id, properties })).toBe(mark)
    expect(readMark({ id: imageIdFor(mark, 2), properties })).toBeUndefined()
  })

  it.each([undefined, '', '@', 'x', '@id', 'a/b/c@other'])('takes %j for no mark', (value) => {
    expect(readMark({ id: 'id', properties: value === undefined ? {} : { [markKey]: value } })).toBeUndefined()
  })

  it('reads back every mark', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.uuid(), (text, id) => {
        expect(readMark({ id, properties: { [markKey]: markProperty(text, id) } })).toBe(text)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageIdFor, markKey, markOf, markProperty, readMark } from './mark.ts'

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

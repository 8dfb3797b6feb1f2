import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GlanceImage, parseGlanceImage } from './glance-image.ts'
import { type ImagePatchOperation, imagePatch } from './patch.ts'

const nothing = { tags: [], propertyKeys: [] }

function image(fields: Partial<GlanceImage> = {}): GlanceImage {
  return { ...parseGlanceImage({ id: 'i', status: 'active', name: 'old', visibility: 'private' }), ...fields }
}

/** What Glance does with a patch. */
function apply(before: GlanceImage, patch: readonly ImagePatchOperation[]): GlanceImage {
  const after = structuredClone(before)
  for (const { op, path, value } of patch) {
    const key = path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
    if (key in after && key !== 'properties') Object.assign(after, { [key]: value })
    else if (op === 'remove') delete after.properties[key]
    else after.properties[key] = String(value)
  }
  return after
}

describe('imagePatch', () => {
  it('is empty when all is as wanted, and for what is not ours', () => {
    const wanted = { name: 'old', tags: ['a'], properties: { k: 'v' }, protected: false }
    expect(imagePatch(image({ tags: ['x', 'a'], properties: { k: 'v', other: '1' } }), wanted, nothing)).toEqual([])
    expect(imagePatch(image({ tags: ['x'], properties: { other: '1' }, min_disk: 5 }), {}, nothing)).toEqual([])
  })

  it('changes fields, tags and properties, and nothing else', () => {
    const before = image({ tags: ['theirs', 'dropped'], properties: { keep: '1', change: 'a', drop: 'x' } })
    const wanted = {
      name: 'new',
      visibility: 'shared' as const,
      protected: true,
      min_disk: 40,
      min_ram: 4096,
      os_hidden: true,
      tags: ['gold'],
      properties: { change: 'b', 'a/b~c': 'v' },
    }
    expect(imagePatch(before, wanted, { tags: ['dropped', 'gone'], propertyKeys: ['drop', 'gone', 'change'] })).toEqual(
      [
        { op: 'replace', path: '/name', value: 'new' },
        { op: 'replace', path: '/visibility', value: 'shared' },
        { op: 'replace', path: '/protected', value: true },
        { op: 'replace', path: '/min_disk', value: 40 },
        { op: 'replace', path: '/min_ram', value: 4096 },
        { op: 'replace', path: '/os_hidden', value: true },
        { op: 'replace', path: '/tags', value: ['theirs', 'gold'] },
        { op: 'replace', path: '/change', value: 'b' },
        { op: 'add', path: '/a~1b~0c', value: 'v' },
        { op: 'remove', path: '/drop' },
      ],
    )
  })

  it('removes tags and properties that we applied when the spec no longer has any', () => {
    const before = image({ tags: ['ours', 'theirs'], properties: { ours: '1', theirs: '2' } })
    expect(imagePatch(before, {}, { tags: ['ours'], propertyKeys: ['ours'] })).toEqual([
      { op: 'replace', path: '/tags', value: ['theirs'] },
      { op: 'remove', path: '/ours' },
    ])
  })

  it('knows properties that are called like methods of objects', () => {
    expect(imagePatch(image(), { properties: { constructor: 'x' } }, nothing)).toEqual([
      { op: 'add', path: '/constructor', value: 'x' },
    ])
  })

  it.each(['status', 'os_glance_x', 'stores', 'hidden'])('refuses the reserved key %s', (key) => {
    expect(() => imagePatch(image(), { properties: { [key]: '1' } }, nothing)).toThrow(/belongs to Glance/)
  })

  it('brings any image to what is wanted, removes only what we applied, and then rests', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd/e', 'f~g')
    const tags = fc.uniqueArray(key)
    const properties = fc.dictionary(key, fc.constantFrom('', '1', '2'), { noNullPrototype: true })
    fc.assert(
      fc.property(tags, properties, tags, properties, tags, tags, (hasTags, has, wantTags, want, oldTags, oldKeys) => {
        const before = image({ tags: hasTags, properties: has })
        const wanted = { tags: wantTags, properties: want }
        const applied = { tags: oldTags, propertyKeys: oldKeys }
        const after = apply(before, imagePatch(before, wanted, applied))
        expect(after.properties).toMatchObject(want)
        expect(after.tags).toEqual(expect.arrayContaining(wantTags))
        for (const [name, value] of Object.entries(has)) {
          if (!oldKeys.some((key) => key === name) && !(name in want)) expect(after.properties[name]).toBe(value)
        }
        for (const tag of hasTags) if (!oldTags.includes(tag)) expect(after.tags).toContain(tag)
        expect(imagePatch(after, wanted, applied)).toEqual([])
      }),
    )
  })
})

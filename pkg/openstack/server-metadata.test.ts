import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markOf } from './mark.ts'
import {
  creationMetadata,
  isOwnMetadataKey,
  type MetadataPatch,
  type ResizeRecord,
  readResizeRecord,
  readServerMark,
  readTemplatePin,
  resizeRecordPatch,
  type ServerMetadata,
  type TemplatePin,
  templatePinPatch,
} from './server-metadata.ts'

const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }))
const number = fc.nat(10_000_000)
const pins: fc.Arbitrary<TemplatePin> = fc.record({
  ...{ name: text, uid: text, generation: number, imageID: text, flavorID: text },
})
const records: fc.Arbitrary<ResizeRecord> = fc.record(
  {
    ...{ uid: text, idempotencyKey: text, specHash: text, outcome: text },
    preImage: fc.record(
      {
        ...{ flavorID: text, flavorName: text, lockedReason: text },
        ...{ vcpus: number, ram: number, disk: number, running: fc.boolean(), locked: fc.boolean() },
      },
      { requiredKeys: ['flavorName', 'vcpus', 'ram', 'disk', 'running', 'locked'] },
    ),
  },
  { requiredKeys: ['uid', 'idempotencyKey', 'specHash', 'preImage'] },
)
/** What a user may have put there. */
const others = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.string({ maxLength: 255 }))
const mark = markOf('acme', 'desktops', 'pc-042')

function apply(metadata: ServerMetadata, { set, remove }: MetadataPatch): ServerMetadata {
  const kept = Object.entries({ ...metadata, ...set }).filter(([key]) => !remove.includes(key))
  return Object.fromEntries(kept)
}

describe('metadata of servers', () => {
  it('holds the mark and the pin that a server is made with', () => {
    fc.assert(
      fc.property(pins, others, (pin, more) => {
        const metadata = { ...more, ...creationMetadata(mark, pin) }
        expect(readServerMark({ metadata })).toBe(mark)
        expect(readTemplatePin(metadata)).toEqual(pin)
        expect(templatePinPatch(metadata, pin)).toEqual({ set: {}, remove: [] })
      }),
    )
  })

  it('holds one record of a resize, the latest, beside everything else', () => {
    fc.assert(
      fc.property(pins, records, records, others, (pin, first, second, more) => {
        const made: ServerMetadata = { ...more, ...creationMetadata(mark, pin) }
        const once = apply(made, resizeRecordPatch(made, first))
        expect(readResizeRecord(once)).toEqual(first)
        const patch = resizeRecordPatch(once, second)
        expect(readResizeRecord({ ...once, ...patch.set }), 'died before the removals').toEqual(second)
        const twice = apply(once, patch)
        expect(readResizeRecord(twice)).toEqual(second)
        expect(resizeRecordPatch(twice, second)).toEqual({ set: {}, remove: [] })
        expect(readTemplatePin(twice)).toEqual(pin)
        const foreign = (metadata: ServerMetadata) =>
          Object.fromEntries(Object.entries(metadata).filter(([key]) => !isOwnMetadataKey(key)))
        expect(foreign(twice)).toEqual(foreign(made))
      }),
    )
  })

  it('writes what every Nova takes: ASCII, at most 255 characters', () => {
    fc.assert(
      fc.property(pins, records, (pin, record) => {
        const values = { ...creationMetadata(mark, pin), ...resizeRecordPatch({}, record).set }
        for (const [key, value] of Object.entries(values)) {
          expect(isOwnMetadataKey(key)).toBe(true)
          expect(value).toMatch(/^[ -~]{1,255}$/)
        }
      }),
    )
  })

  it('takes what was changed by hand for nothing, never for something else', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.string({ maxLength: 255 }), (record, which, value) => {
        const metadata = resizeRecordPatch({}, record).set
        const keys = Object.keys(metadata)
        const key = keys[which % keys.length] ?? ''
        const cut = (length: number) => ({ ...metadata, [key]: metadata[key]?.slice(0, -length) ?? '' })
        expect(readResizeRecord(cut(1 + (which % 20)))).toBeUndefined()
        expect(readResizeRecord({ ...metadata, [key]: '' })).toBeUndefined()
        expect(() => readResizeRecord({ ...metadata, [key]: value })).not.toThrow()
        const { [key]: _, ...rest } = metadata
        expect(readResizeRecord(rest)).toBeUndefined()
      }),
    )
  })

  it('knows no mark where there is none', () => {
    expect(readServerMark({ metadata: {} })).toBeUndefined()
    expect(readServerMark({ metadata: { auxo_mark: '' } })).toBeUndefined()
    expect(['auxo_resize_x', 'auxo', 'auxo_resize_0', 'auxo_markx'].filter(isOwnMetadataKey)).toEqual([])
  })
})

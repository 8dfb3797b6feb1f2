import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DetectedFormat, detectFormat, HEAD_BYTES } from './disk-format.ts'
import { checkFormat } from './format-check.ts'

/** A file's head with the given pieces at their offsets. */
function head(pieces: Record<number, string | Buffer>, size = HEAD_BYTES): Buffer {
  const bytes = Buffer.alloc(size)
  for (const [offset, piece] of Object.entries(pieces)) {
    const content = Buffer.isBuffer(piece) ? piece : Buffer.from(piece, 'latin1')
    content.copy(bytes, Number(offset))
  }
  return bytes
}

function qcow2({ version = 3, backing = 0n, features = 0n } = {}): Buffer {
  const bytes = head({ 0: 'QFI\xfb' })
  bytes.writeUInt32BE(version, 4)
  bytes.writeBigUInt64BE(backing, 8)
  bytes.writeBigUInt64BE(features, 72)
  return bytes
}

function vmdk(createType: string): Buffer {
  const bytes = head({ 0: 'KDMV', 512: `# Disk DescriptorFile\nversion=1\ncreateType="${createType}"\n` })
  bytes.writeBigUInt64LE(1n, 28)
  return bytes
}

describe('detectFormat', () => {
  const cases: [DetectedFormat, Buffer][] = [
    ['qcow2', qcow2()],
    ['qcow2', qcow2({ version: 2 })],
    ['vmdk', vmdk('monolithicSparse')],
    ['vhdx', head({ 0: 'vhdxfile' })],
    ['vhd', head({ 0: 'conectix' })],
    ['vdi', head({ 64: Buffer.from([0x7f, 0x10, 0xda, 0xbe]) })],
    ['iso', head({ 32769: 'CD001' })],
    ['iso', head({ 32769: 'BEA01' })],
    ['qed', head({ 0: 'QED\0' })],
    ['gzip', head({ 0: '\x1f\x8b\x08' })],
    ['xz', head({ 0: '\xfd7zXZ\0' })],
    ['zstd', head({ 0: '\x28\xb5\x2f\xfd' })],
    ['html', Buffer.from('\n<!DOCTYPE html><title>Index of /</title>')],
    ['html', Buffer.from('<!-- hello --><html>')],
    ['raw', head({ 510: '\x55\xaa' })],
    ['raw', Buffer.from('x')],
    ['empty', Buffer.alloc(0)],
  ]
  test.each(cases)('%s', (format, bytes) => {
    expect(detectFormat(bytes)).toMatchObject({ format })
  })

  test('any bytes give an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), fc.constantFrom('', 'QFI\xfb', 'KDMV'), (bytes, prefix) => {
        detectFormat(Buffer.concat([Buffer.from(prefix, 'latin1'), bytes]))
      }),
    )
  })
})

describe('checkFormat', () => {
  test.each([
    ['raw', head({})],
    ['raw', head({ 32769: 'CD001', 510: '\x55\xaa' })],
    ['vhd', head({})],
    ['aki', head({ 0: '\x1f\x8b' })],
    ['qcow2', qcow2()],
    ['qcow2', qcow2({ version: 2 })],
    ['vmdk', vmdk('streamOptimized')],
    ['iso', head({ 32769: 'CD001' })],
  ] as const)('takes %s for what it is', (said, bytes) => {
    expect(() => checkFormat(said, bytes)).not.toThrow()
  })

  test.each([
    ['qcow2', head({}), 'said to be qcow2 but is raw'],
    ['raw', qcow2(), 'said to be raw but is qcow2'],
    ['iso', head({}), 'said to be iso but is raw'],
    ['raw', head({ 32769: 'CD001' }), 'said to be raw but is iso'],
    ['qcow2', head({ 0: '\xfd7zXZ\0' }), 'decompress: Xz'],
    ['qcow2', Buffer.from('<html>'), 'a web page'],
    ['raw', Buffer.alloc(0), 'but is empty'],
  ] as const)('refuses %s otherwise', (said, bytes, message) => {
    expect(() => checkFormat(said, bytes)).toThrow(message)
    expect(() => checkFormat(said, bytes)).toThrow(
      expect.objectContaining({ class: 'InvalidSpec', code: 'FormatMismatch' }),
    )
  })

  test.each([
    ['qcow2', qcow2({ backing: 512n }), 'backing file'],
    ['qcow2', qcow2({ version: 2, backing: 512n }), 'backing file'],
    ['qcow2', qcow2({ features: 4n }), 'external data file'],
    ['qcow2', qcow2({ version: 4 }), 'version is 4'],
    ['qcow2', Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), 'cut off'],
    ['vmdk', vmdk('monolithicFlat'), 'monolithicFlat'],
    ['vmdk', head({ 0: '# Disk DescriptorFile\ncreateType="vmfs"' }), 'without its data'],
  ] as const)('refuses a %s that reaches outside itself', (said, bytes, message) => {
    expect(() => checkFormat(said, bytes)).toThrow(message)
    expect(() => checkFormat(said, bytes)).toThrow(expect.objectContaining({ code: 'UnsafeFormat' }))
  })
})

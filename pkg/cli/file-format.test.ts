import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { formatOf, type ImageFormat } from './file-format.ts'
import { LocalFile } from './local-file.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function format(content: Buffer, said?: ImageFormat) {
  const directory = mkdtempSync(join(tmpdir(), 'auxo-format-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'disk')
  writeFileSync(path, content)
  const file = await LocalFile.open(path)
  cleanups.push(() => file.close())
  return await formatOf(file, said)
}

/** Zeros with text at an offset. */
function disk(mark: string, offset = 0, size = 65_536): Buffer {
  const content = Buffer.alloc(size)
  content.write(mark, offset, 'latin1')
  return content
}

const qcow2 = disk('QFI\xfb\0\0\0\x03')
const iso = disk('CD001', 32_769)

test.each([
  ['qcow2', qcow2],
  ['iso', iso],
  ['vhdx', disk('vhdxfile')],
  ['vdi', disk('\x7f\x10\xda\xbe', 0x40)],
  ['vhd', disk('conectix', 65_536 - 512)],
  ['raw', disk('')],
  ['raw', Buffer.from('x')],
] as const)('%s is detected', async (expected, content) => {
  expect(await format(content)).toBe(expected)
  expect(await format(content, expected)).toBe(expected)
})

test.each([
  ['qcow2 said to be raw', qcow2, 'raw', /is qcow2, not raw; leave --format out, or say --format qcow2$/],
  ['raw said to be qcow2', disk(''), 'qcow2', /is raw, not qcow2/],
  ['gzip', disk('\x1f\x8b'), undefined, /is gzip, which is no disk image; unpack it first$/],
  ['a web page', Buffer.from('<!doctype html><html>'), undefined, /is html.*an error saved as a file$/],
  ['qed', disk('QED\0'), undefined, /is qed.*qemu-img convert -O qcow2$/],
  ['a backing file', disk('QFI\xfb\0\0\0\x03\0\0\0\0\0\0\0\x70'), undefined, /is refused: it has a backing file/],
] as const)('%s is refused', async (_, content, said, message) => {
  await expect(format(content, said)).rejects.toThrow(message)
})

test('nothing, a directory and a file that is not there are told apart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'auxo-format-'))
  cleanups.push(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'empty'), '')
  await expect(LocalFile.open(join(directory, 'empty'))).rejects.toThrow(/is empty$/)
  await expect(LocalFile.open(directory)).rejects.toThrow(/is not a regular file$/)
  await expect(LocalFile.open(join(directory, 'none'))).rejects.toMatchObject({ exitCode: 3 })
})

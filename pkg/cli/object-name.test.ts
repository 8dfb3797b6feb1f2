import { expect, test } from 'vitest'
import { objectNameFrom } from './object-name.ts'

test.each([
  ['windows-11.qcow2', 'windows-11'],
  ['Windows 11 (Übung).QCOW2', 'windows-11-ubung'],
  ['ubuntu-24.04-server.img', 'ubuntu-24.04-server'],
  ['disk._final_.raw', 'disk.final'],
  ['--x--.iso', 'x'],
  ['日本.raw', ''],
  [`${'a'.repeat(62)}-b.raw`, 'a'.repeat(62)],
])('%s becomes %s', (file, name) => {
  expect(objectNameFrom(file)).toBe(name)
})

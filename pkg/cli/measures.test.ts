import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatRate, parseSize } from './measures.ts'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [123_731_968, '118 MiB'],
  [9_771_050_598, '9.1 GiB'],
  [2 ** 50 * 2048, '2048 PiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
  expect(formatRate(bytes)).toBe(`${text}/s`)
})

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [320, '5m20s'],
  [3600, '60m'],
  [3 * 3600, '3h'],
  [4 * 3600 + 300, '4h5m'],
  [30 * 3600, '30h'],
  [3 * 86_400 + 7200, '3d2h'],
  [400 * 86_400, '400d'],
])('%i seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test.each([
  ['1048576', 1_048_576],
  ['9Gi', 9 * 2 ** 30],
  ['1Ti', 2 ** 40],
  ['1.5Gi', undefined],
  ['', undefined],
])('the size %s is %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

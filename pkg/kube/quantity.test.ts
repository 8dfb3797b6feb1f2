import { describe, expect, it } from 'vitest'
import { bytesOf, exactQuantity, gibibytesOf, mebibytesOf, quantity } from './quantity.ts'

describe('quantity', () => {
  it.each([
    [0, '0'],
    [1023, '1023'],
    [1024, '1Ki'],
    [9.1 * 2 ** 30, '9.1Gi'],
    [412 * 2 ** 20, '412Mi'],
    [40 * 2 ** 40, '40Ti'],
  ])('%d bytes are %s', (bytes, text) => expect(quantity(bytes)).toBe(text))
})

describe('exactQuantity', () => {
  it.each([
    [0, '0'],
    [1536 * 2 ** 20, '1536Mi'],
    [40 * 2 ** 30, '40Gi'],
    [2048 * 2 ** 30, '2Ti'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(exactQuantity(bytes)).toBe(text)
    expect(bytesOf(text)).toBe(bytes)
  })
})

it('reads what spec says, in the unit that a service counts in', () => {
  expect([bytesOf('9Gi'), bytesOf('100')]).toEqual([9 * 2 ** 30, 100])
  expect([mebibytesOf('512Mi'), mebibytesOf('8Gi')]).toEqual([512, 8192])
  expect([gibibytesOf('40Gi'), gibibytesOf('1Ti')]).toEqual([40, 1024])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from './heap.ts'

test('items come out in order of rank, whatever was dropped meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (numbers, limit) => {
      const heap = new Heap<number>((item) => item, numbers)
      heap.keep((item) => item < limit)
      const out: number[] = []
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) out.push(item)
      expect(out).toEqual(numbers.filter((item) => item < limit).sort((a, b) => a - b))
    }),
  )
})

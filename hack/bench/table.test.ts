import { expect, test } from 'vitest'
import type { Machine } from './machine.ts'
import { type Row, withRows } from './table.ts'

const machine: Machine = {
  date: '2026-01-02',
  cores: 2,
  processor: 'any',
  memoryGiB: 8,
  kernel: '6.1',
  node: 'v24.0.0',
  commit: 'abc1234',
}
const empty = `before\n<!-- begin of the table: npm run bench -- --write -->\n<!-- end of the table -->\nafter\n`

function row(name: string, measured: string, met: boolean): Row {
  return { bench: { name, what: 'what', bar: '≤ 1 s' }, result: { measured, met, details: [] }, machine }
}

test('rows come in the order of the names, and what is around the markers stays', () => {
  const text = withRows(empty, [row('b', '2 s', false), row('a', '1 s', true)], ['a', 'b'])
  const [first, , head, , a, b, , last] = text.split('\n')
  expect([first, last]).toEqual(['before', 'after'])
  expect(head).toContain('| measured |')
  expect(a).toContain('| `a` | what | ≤ 1 s | 1 s | yes | 2026-01-02, abc1234, 2 cores')
  expect(b).toContain('| 2 s | **no** |')
})

test('a bench that did not run keeps its row', () => {
  const before = withRows(empty, [row('a', '1 s', true), row('b', '2 s', false)], ['a', 'b'])
  const after = withRows(before, [row('b', '3 s', true)], ['a', 'b'])
  expect(after).toContain('| 1 s | yes |')
  expect(after).toContain('| 3 s | yes |')
  expect(after).not.toContain('2 s |')
})

test('a document without markers is refused', () => {
  expect(() => withRows('text', [], [])).toThrow('markers')
})

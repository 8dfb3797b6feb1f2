import { expect, test } from 'vitest'
import { table } from './table.ts'
import { painter } from './terminal.ts'

interface Row {
  name: string
  note?: string
}

const columns = [
  { heading: 'NAME', cell: ({ name }: Row) => name },
  { heading: 'NOTE', cell: ({ note }: Row) => note },
]

test('columns are as wide as they must be and lines end without spaces', () => {
  expect(table(columns, [{ name: 'windows-11', note: 'x' }, { name: 'a' }])).toBe(
    'NAME         NOTE\nwindows-11   x\na\n',
  )
})

test('text of others cannot command the terminal', () => {
  expect(table(columns, [{ name: 'a\x1b[31mb\nc\r', note: '\x07' }])).toBe('NAME      NOTE\nab\\nc\\r   \\u0007\n')
})

test('colours only on a terminal that wants them', () => {
  const terminal = { write: () => true, isTTY: true }
  expect(painter(terminal, {}, true)('red', 'x')).toBe('\x1b[31mx\x1b[39m')
  expect(painter(terminal, { NO_COLOR: '1' }, true)('red', 'x')).toBe('x')
  expect(painter(terminal, {}, false)('red', 'x')).toBe('x')
  expect(painter({ write: () => true }, {}, true)('red', 'x')).toBe('x')
})

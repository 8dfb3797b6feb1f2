import { harmless } from './terminal.ts'

export interface Column<Row> {
  heading: string
  cell: (row: Row) => string | undefined
  /** Colours the padded cell. */
  paint?: (row: Row, text: string) => string
}

/** A table as kubectl prints it: headings in capitals, three spaces between columns, the last one unpadded. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => harmless(column.cell(row) ?? '')))
  const widths = columns.map(({ heading }, at) => Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const pad = (text: string, at: number) => (at === columns.length - 1 ? text : text.padEnd((widths[at] ?? 0) + 3))
  const lines = [columns.map(({ heading }, at) => pad(heading, at)).join('')]
  for (const [index, row] of rows.entries()) {
    const line = columns.map((column, at) => {
      const text = pad(cells[index]?.[at] ?? '', at)
      return column.paint === undefined ? text : column.paint(row, text)
    })
    lines.push(line.join('').trimEnd())
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

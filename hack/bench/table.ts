import type { Bench, BenchResult } from './bench.ts'
import type { Machine } from './machine.ts'

/** One row: a bench and what it found. */
export interface Row {
  bench: Pick<Bench, 'name' | 'what' | 'bar'>
  result: BenchResult
  machine: Machine
}

const BEGIN = '<!-- begin of the table: npm run bench -- --write -->'
const END = '<!-- end of the table -->'

/**
 * Puts rows between the markers of a document. Rows of benches that did not run now stay as they are; the order is that
 * of `names`.
 */
export function withRows(document: string, rows: readonly Row[], names: readonly string[]): string {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the document lacks the markers ${BEGIN} and ${END}`)
  const lines = new Map<string, string>()
  for (const line of document.slice(begin + BEGIN.length, end).split('\n')) {
    const name = /^\| `([^`]+)` \|/.exec(line)?.[1]
    if (name !== undefined) lines.set(name, line)
  }
  for (const row of rows) lines.set(row.bench.name, line(row))
  const table = [HEAD, RULE, ...names.flatMap((name) => lines.get(name) ?? [])].join('\n')
  return `${document.slice(0, begin)}${BEGIN}\n${table}\n${document.slice(end)}`
}

const HEAD = '| bench | what | bar | measured | met | when and where |'
const RULE = '| --- | --- | --- | --- | --- | --- |'

function line({ bench, result, machine }: Row): string {
  const { date, commit, cores, memoryGiB, kernel, node } = machine
  const where = `${date}, ${commit}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`
  const cells = [`\`${bench.name}\``, bench.what, bench.bar, result.measured, result.met ? 'yes' : '**no**', where]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

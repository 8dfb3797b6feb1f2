import { filter } from './filter.ts'
import { goProgram } from './go-program.ts'

/** Parses PromQL as Prometheus does; the names (or patterns of names) of the metrics that each expression asks for. */
export async function metricsIn(expressions: readonly string[]): Promise<string[][]> {
  const program = await goProgram('promql', './cmd/promql', ['cmd/promql/main.go'])
  return JSON.parse(await filter(program, [], JSON.stringify(expressions))) as string[][]
}

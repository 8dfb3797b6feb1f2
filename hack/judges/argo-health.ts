import { filter } from './filter.ts'
import { goProgram } from './go-program.ts'

/** What Argo CD shows of an object. */
export interface ArgoVerdict {
  status: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown'
  message: string
}

/** The verdict of a Lua health check (path of the script) on each object, in their order. */
export async function argoHealth(script: string, objects: readonly object[]): Promise<ArgoVerdict[]> {
  const program = await goProgram('lua-health', './cmd/lua-health', ['cmd/lua-health/main.go'])
  return JSON.parse(await filter(program, [script], JSON.stringify(objects))) as ArgoVerdict[]
}

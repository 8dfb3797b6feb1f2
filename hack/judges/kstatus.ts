import { filter } from './filter.ts'
import { goProgram } from './go-program.ts'

/** What kstatus, and so Flux and Helm, concludes from an object. */
export interface KstatusVerdict {
  kind: string
  name: string
  status: 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown'
  message: string
}

/** kstatus' verdict on each object, in their order. */
export async function kstatus(objects: readonly object[]): Promise<KstatusVerdict[]> {
  const program = await goProgram('kstatus', './cmd/kstatus', ['cmd/kstatus/main.go'])
  const input = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  const lines = (await filter(program, [], input)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as KstatusVerdict)
}

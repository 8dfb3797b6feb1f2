/**
 * `npm test [-- GROUP…]`: everything, on a fresh machine too. Ends with one summary line. A group that the machine
 * cannot run is named as skipped.
 */
import { type GroupResult, groups } from './groups.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !groups.some((group) => group.name === name))
if (unknown.length > 0) {
  console.error(`unknown group: ${unknown.join(', ')}; there are: ${groups.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const total: GroupResult = { passed: 0, failed: 0, skipped: 0 }
const lines: string[] = []
for (const group of groups) {
  if (asked.length > 0 && !asked.includes(group.name)) continue
  const reason = group.whyNot()
  if (reason !== undefined) {
    lines.push(`${group.name}: skipped (${reason})`)
    total.skipped++
    continue
  }
  console.log(`\n=== ${group.name}: ${group.about}`)
  const begun = performance.now()
  const { passed, failed, skipped } = await run(group)
  const seconds = Math.round((performance.now() - begun) / 1000)
  lines.push(`${group.name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}

console.log(`\n${lines.map((line) => `  ${line}`).join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

async function run({ name, prepare, run }: (typeof groups)[number]): Promise<GroupResult> {
  try {
    await prepare()
    return await run()
  } catch (error) {
    console.error(`${name} could not run: ${error instanceof Error ? error.message : error}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

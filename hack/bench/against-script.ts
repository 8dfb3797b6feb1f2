import { median, seconds } from './numbers.ts'

const WORKERS = [1, 4, 8]

/** The same work by the operator and by a plain script, in turn. Both answer with the milliseconds that it took. */
export interface Contest {
  rounds: number
  script(workers: number, round: number): Promise<number>
  operator(round: number): Promise<number>
  say(text: string): void
}

/** How many times as long as the best script the operator takes: the median of the rounds, and that round's times. */
export interface Verdict {
  ratio: number
  measured: string
}

/** Plays the rounds; the script has so many workers as do it best. */
export async function againstScript({ rounds, script, operator, say }: Contest): Promise<Verdict> {
  const played: { ratio: number; operatorMs: number; scriptMs: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const scripts: number[] = []
    for (const workers of WORKERS) scripts.push(await script(workers, round))
    const operatorMs = await operator(round)
    const scriptMs = Math.min(...scripts)
    played.push({ ratio: operatorMs / scriptMs, operatorMs, scriptMs })
    const times = scripts.map((ms, n) => `${seconds(ms)} with ${WORKERS[n]}`).join(', ')
    say(`operator ${seconds(operatorMs)}, script ${times}`)
  }
  const ratio = median(played.map((round) => round.ratio))
  const middle = played.find((round) => round.ratio >= ratio) ?? played[0]
  const times = `${seconds(middle?.operatorMs ?? 0)} to ${seconds(middle?.scriptMs ?? 0)}; median of ${rounds}`
  return { ratio, measured: `${ratio.toFixed(2)} × (${times})` }
}

/** Calls `work` with 0 to `count` - 1, so many at a time; the milliseconds that it takes. */
export async function each(count: number, workers: number, work: (n: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: workers }, worker))
  return performance.now() - begun
}

import type { DesktopResize } from '../../api/v1alpha1/objects.ts'
import { Ledger, stepNames } from './ledger.ts'
import type { ObservedInCloud } from './observed.ts'

/** timeoutSeconds of a resize that names none. */
const defaultTimeoutSeconds = 1800

/** What the clock says, turned into facts: the decision knows no clock. */
export function timesOf(
  resize: DesktopResize,
  now: number,
  requestTimeoutMs: number,
): Pick<ObservedInCloud, 'time' | 'window' | 'overdue' | 'settled' | 'wakeAfterSeconds'> {
  const { spec, status } = resize
  const ledger = new Ledger(resize)
  const from = millisecondsOf(spec.notBeforeTime)
  const until = millisecondsOf(spec.notAfterTime)
  const begun = millisecondsOf(status?.startTime)
  const deadline = begun === undefined ? undefined : begun + (spec.timeoutSeconds ?? defaultTimeoutSeconds) * 1000
  const settles = stepNames.flatMap((name) => {
    const sent = ledger.isOpen(name) || name === 'Confirm' ? millisecondsOf(ledger.intentTime(name)) : undefined
    return sent === undefined ? [] : [sent + requestTimeoutMs]
  })
  const settled = stepNames.filter((name) => {
    const sent = millisecondsOf(ledger.intentTime(name))
    return sent !== undefined && now - sent >= requestTimeoutMs
  })
  const ahead = [from, until, deadline, ...settles].filter((time) => time !== undefined && time > now) as number[]
  return {
    time: new Date(now).toISOString(),
    window: until !== undefined && now >= until ? 'Over' : from !== undefined && now < from ? 'Early' : 'Open',
    overdue: deadline !== undefined && now >= deadline,
    settled,
    wakeAfterSeconds: ahead.length === 0 ? undefined : (Math.min(...ahead) - now) / 1000,
  }
}

function millisecondsOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time)
}

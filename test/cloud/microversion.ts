import { type Call, HttpError } from './http.ts'

export type Microversion = readonly [major: number, minor: number]

/**
 * The microversion that a request asks for, by `OpenStack-API-Version: <service> X.Y|latest` or `legacy` (the value of
 * a service's older header); the oldest where it asks for none. The answer's headers get it too.
 */
export function negotiate(
  call: Call,
  service: string,
  oldest: Microversion,
  newest: Microversion,
  headers: Record<string, string>,
  legacy?: string,
): Microversion {
  const header = call.headers['openstack-api-version']
  const text = (Array.isArray(header) ? header : [header ?? ''])
    .flatMap((one) => one.split(','))
    .map((one) => /^(\S+)\s+(\S+)$/.exec(one.trim()))
    .find((match) => match?.[1] === service)?.[2]
  const wanted = text ?? legacy ?? oldest.join('.')
  const version = wanted === 'latest' ? newest : parse(wanted)
  headers['openstack-api-version'] = `${service} ${version.join('.')}`
  headers['vary'] = 'OpenStack-API-Version'
  if (compare(version, oldest) < 0 || compare(version, newest) > 0) {
    const range = `Minimum is ${oldest.join('.')} and maximum is ${newest.join('.')}.`
    throw new HttpError(406, `Version ${version.join('.')} is not supported by the API. ${range}`)
  }
  return version
}

function parse(text: string): Microversion {
  const match = /^(\d+)\.(\d+)$/.exec(text)
  if (!match) {
    const form = 'Must be of format MajorNum.MinorNum.'
    throw new HttpError(400, `API Version String ${text} is of invalid format. ${form}`)
  }
  return [Number(match[1]), Number(match[2])]
}

function compare(a: Microversion, b: Microversion): number {
  return a[0] - b[0] || a[1] - b[1]
}

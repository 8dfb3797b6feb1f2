import { InvalidArgumentError } from 'commander'

/** A duration of the command line, in whole seconds. */
export function parseSeconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds.')
  return Number(text)
}

import { stripVTControlCharacters, styleText } from 'node:util'

/** Where text goes: a terminal, a pipe, a file, a test. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold'

/** Colours text, where colours are wanted. */
export type Paint = (colour: Colour, text: string) => string

/** Colours only on a terminal, and never with NO_COLOR (no-color.org), TERM=dumb or `--no-color`. */
export function painter(stream: OutputStream, env: NodeJS.ProcessEnv, wanted: boolean): Paint {
  const enabled = wanted && stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return enabled ? (colour, text) => styleText(colour, text, { validateStream: false }) : (_, text) => text
}

/**
 * Text that somebody else wrote, made harmless: no escape sequences, no line breaks. Names in Glance may hold anything.
 */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

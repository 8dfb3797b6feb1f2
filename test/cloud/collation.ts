/** As MySQL's general_ci collation compares: no case, no accents, no trailing blanks. */
export function fold(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is meant
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase().trimEnd()
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .trimEnd()
}

/** Whether the services' databases take two texts for the same. */
export function isSame(one: string, other: string): boolean {
  return fold(one) === fold(other)
}

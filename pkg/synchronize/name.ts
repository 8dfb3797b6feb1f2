/**
 * Name of the object for a synchronised thing: readable, from the thing's name (`fallback` where that has nothing to
 * read), and stable and unique by its id. The thing may be renamed later; the object is not.
 */
export function objectNameFor(
  { id, name }: { id: string; name?: string | undefined },
  fallback: string,
  length: 'Short' | 'Full' = 'Short',
): string {
  const readable = (name ?? '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '')
  return `${readable || fallback}-${length === 'Short' ? id.slice(0, 8) : id}`
}

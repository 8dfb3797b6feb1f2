/**
 * Name of the object for a synchronised image: readable, from the image's name, and stable and unique by the image's
 * id. The image may be renamed later; the object is not.
 */
export function objectNameFor(
  image: { id: string; name?: string | undefined },
  length: 'Short' | 'Full' = 'Short',
): string {
  const readable = (image.name ?? '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '')
  return `${readable || 'image'}-${length === 'Short' ? image.id.slice(0, 8) : image.id}`
}

/**
 * Compares two resourceVersions of one resource: negative when `a` is older. They are decimal numbers without leading
 * zeros, larger than a double holds exactly (API concepts, "Resource versions"; guaranteed since Kubernetes 1.35).
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const left = a ?? ''
  const right = b ?? ''
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

/** metav1.MicroTime, which wants exactly six digits of the second. `ms` since 1970. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}

const EXTENSION = /\.(qcow2?|img|raw|iso|vmdk|vhdx?|vdi|bin)$/i

/** A Kubernetes name made of a file's: `Windows 11 (de).qcow2` → `windows-11-de`. Empty where nothing is left. */
export function objectNameFrom(fileName: string): string {
  return fileName
    .replace(EXTENSION, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/-*\.[-.]*/g, '.')
    .slice(0, 63)
    .replace(/^[-.]+|[-.]+$/g, '')
}

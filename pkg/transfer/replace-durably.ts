import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A new file of that content in the place of the one at `path`, which survives a crash; either is there whole at any
 * time. Whoever has the old one open keeps it and reaches the new one no more. Returns the new one, open for both.
 */
export async function replaceDurably(path: string, text: string): Promise<FileHandle> {
  const file = await open(`${path}.new`, 'w+', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
    await rename(`${path}.new`, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}

/** Some file systems (CIFS) keep names safe by themselves and know no such call. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP') throw error
  })
}

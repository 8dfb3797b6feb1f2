import type { Failure } from '../../pkg/failure/failure.ts'
import type { GlanceImage } from '../../pkg/openstack/glance-image.ts'

/** The least time between two downloads by Glance of the same image: the shortest pause after a refusal. */
const IMPORT_PAUSE_MS = 15_000

/**
 * What this process alone knows of images: observations that need not survive it, since each can be made again.
 * Ids are Glance's.
 */
export class ImageMemory {
  readonly #usedUp = new Set<string>()
  readonly #proven = new Set<string>()
  readonly #imports = new Set<string>()
  readonly #failedImports = new Map<string, { failure: Failure; at: number }>()
  readonly #pending = new Map<string, { updatedAt: string; since: number }>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Glance refused the id (409) and has no image with it (404): it belonged to a deleted one. */
  markUsedUp(id: string): void {
    this.#usedUp.add(id)
  }
  isUsedUp(id: string): boolean {
    return this.#usedUp.has(id)
  }

  /** Glance itself said 404. Counts only as long as nothing is made under that id again. */
  markAbsent(id: string): void {
    this.#proven.add(id)
  }
  markPresent(id: string): void {
    this.#proven.delete(id)
  }
  isAbsent(id: string): boolean {
    return this.#proven.has(id)
  }

  /** Glance was told to download into this image. */
  importStarted(id: string): void {
    this.#imports.add(id)
  }
  importFailed(id: string, failure: Failure): void {
    this.#imports.delete(id)
    this.#failedImports.set(id, { failure, at: this.#now() })
  }
  /** Why the last download failed, while it is too early for the next: whatever wakes the object meanwhile. */
  recentImportFailure(id: string): Failure | undefined {
    const failed = this.#failedImports.get(id)
    if (failed !== undefined && this.#now() - failed.at < IMPORT_PAUSE_MS) return failed.failure
    this.#failedImports.delete(id)
    return undefined
  }
  importsInto(id: string): boolean {
    return this.#imports.has(id)
  }

  /** Milliseconds for which an image has stood in the same unfinished state, by this process's own clock. */
  pendingFor({ id, status, updated_at }: GlanceImage): number {
    if (status !== 'saving' && status !== 'uploading') {
      this.#pending.delete(id)
      return 0
    }
    const known = this.#pending.get(id)
    if (known?.updatedAt === updated_at) return this.#now() - known.since
    this.#pending.set(id, { updatedAt: updated_at, since: this.#now() })
    return 0
  }

  forget(id: string): void {
    this.#usedUp.delete(id)
    this.#proven.delete(id)
    this.#imports.delete(id)
    this.#failedImports.delete(id)
    this.#pending.delete(id)
  }
}

import { Launches } from './launches.ts'

/** What this process alone knows of desktops; losing it must never matter. Keys are `namespace/name`. */
export class DesktopMemory {
  readonly launches: Launches
  /** Desktops whose server's lock keeps us out, too. */
  readonly lockedOut = new Set<string>()

  constructor(now?: () => number) {
    this.launches = new Launches(now)
  }

  forget(key: string): void {
    this.launches.forget(key)
    this.lockedOut.delete(key)
  }
}

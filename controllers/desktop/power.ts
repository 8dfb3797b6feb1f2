/** What `Desktop.spec.powerState` may ask for. */
export type PowerState = 'Running' | 'Stopped' | 'Paused' | 'Suspended' | 'Shelved'

/** An action of Nova's that changes what a server does (Compute API, "Servers - run an action"). */
export type PowerAction = 'start' | 'stop' | 'pause' | 'unpause' | 'suspend' | 'resume' | 'shelve' | 'unshelve'

/** The state of a server by Nova's `vm_state`; undefined while it is none that power actions lead from or to. */
export function powerStateOf(vmState: string): PowerState | undefined {
  return STATES[vmState]
}

/**
 * The next action on the way to the wanted state; undefined where the server is there, or in a state (`error`,
 * `building`, `resized`, `rescued`) that no power action leads out of. Every way leads through `Running`, but for
 * shelving: Nova shelves from any state (Compute API, "Shelve Server").
 */
export function nextPowerAction(wanted: PowerState, vmState: string): PowerAction | undefined {
  const state = powerStateOf(vmState)
  if (state === undefined || state === wanted) return undefined
  if (wanted === 'Shelved') return 'shelve'
  return state === 'Running' ? AWAY[wanted] : BACK[state]
}

const STATES: Readonly<Record<string, PowerState>> = {
  active: 'Running',
  stopped: 'Stopped',
  paused: 'Paused',
  suspended: 'Suspended',
  shelved: 'Shelved',
  shelved_offloaded: 'Shelved',
}

/** From `Running` to another state. */
const AWAY = { Stopped: 'stop', Paused: 'pause', Suspended: 'suspend', Running: undefined } as const

/** From another state back to `Running`. */
const BACK = { Stopped: 'start', Paused: 'unpause', Suspended: 'resume', Shelved: 'unshelve' } as const

import { describe, expect, it } from 'vitest'
import { nextPowerAction, type PowerAction, type PowerState, powerStateOf } from './power.ts'

const states = ['active', 'stopped', 'paused', 'suspended', 'shelved', 'shelved_offloaded']

/** Where Nova brings a server by each action, and from where it lets it begin. */
const nova: Record<PowerAction, { from: string[]; to: string }> = {
  start: { from: ['stopped'], to: 'active' },
  stop: { from: ['active', 'error'], to: 'stopped' },
  pause: { from: ['active'], to: 'paused' },
  unpause: { from: ['paused'], to: 'active' },
  suspend: { from: ['active'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'active' },
  shelve: { from: ['active', 'stopped', 'paused', 'suspended'], to: 'shelved' },
  unshelve: { from: ['shelved', 'shelved_offloaded'], to: 'active' },
}

describe('nextPowerAction', () => {
  const wanted: PowerState[] = ['Running', 'Stopped', 'Paused', 'Suspended', 'Shelved']
  it.each(wanted.flatMap((to) => states.map((from) => [from, to] as const)))('leads from %s to %s', (from, to) => {
    let state = from
    for (let taken = 0; powerStateOf(state) !== to; taken++) {
      expect(taken).toBeLessThan(2)
      const action = nextPowerAction(to, state) as PowerAction
      expect(nova[action].from).toContain(state)
      state = nova[action].to
    }
    expect(nextPowerAction(to, state)).toBeUndefined()
  })

  it.each(['building', 'error', 'resized', 'rescued', 'soft-delete', 'deleted'])(
    'leaves a server that is %s',
    (state) => {
      for (const to of wanted) expect(nextPowerAction(to, state)).toBeUndefined()
    },
  )
})

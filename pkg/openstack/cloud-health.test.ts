import { describe, expect, it } from 'vitest'
import { CloudHealth, type Health } from './cloud-health.ts'
import { OpenStackError } from './errors.ts'

function fixture() {
  const clock = { now: 0 }
  const health = new CloudHealth({ now: () => clock.now })
  const told: Health[] = []
  health.subscribe((state) => told.push(state))
  return { clock, health, told }
}

const down = new OpenStackError('down', { class: 'Unavailable', code: 'ConnectionRefused' })
const refused = new OpenStackError('refused', { class: 'Auth', code: 'CredentialsRejected' })
const missing = new OpenStackError('missing', { class: 'NotFound', code: 'NotFound' })

describe('CloudHealth', () => {
  it('is connecting until the first answer', () => {
    const { health, told } = fixture()
    expect(health.state).toBe('Connecting')
    health.succeeded('compute')
    expect(health.state).toBe('Connecting')
    health.succeeded('identity')
    expect(health.state).toBe('Ready')
    health.succeeded('identity')
    expect(told).toEqual(['Ready'])
  })

  it('takes an outage seriously only when it lasts, and heals at the first success', () => {
    const { clock, health, told } = fixture()
    health.succeeded('image')
    health.failed('image', down)
    clock.now = 9_999
    health.failed('image', down)
    expect(health.state).toBe('Ready')
    clock.now = 10_000
    health.failed('image', down)
    expect(health.state).toEqual({ failure: down, since: 0 })
    health.failed('image', down)
    health.succeeded('image')
    expect(health.state).toBe('Ready')
    health.failed('image', down)
    expect(health.state).toBe('Ready')
    expect(told).toHaveLength(3)
  })

  it('does not count one failure after a long silence', () => {
    const { clock, health } = fixture()
    health.failed('image', down)
    clock.now = 60_000
    expect(health.state).toBe('Connecting')
  })

  it('takes a refused credential seriously at once, and before other failures', () => {
    const { clock, health } = fixture()
    health.failed('image', down)
    clock.now = 20_000
    health.failed('image', down)
    health.failed('identity', refused)
    expect(health.state).toMatchObject({ failure: refused })
    health.succeeded('identity')
    expect(health.state).toMatchObject({ failure: down })
  })

  it('lets no service hide another, and no refusal or other service count', () => {
    const { clock, health } = fixture()
    health.failed('identity', refused)
    health.succeeded('image')
    expect(health.state).toMatchObject({ failure: refused })
    health.succeeded('identity')
    health.failed('image', missing)
    health.failed('network', refused)
    clock.now = 60_000
    expect(health.state).toBe('Ready')
  })
})

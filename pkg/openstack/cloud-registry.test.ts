import { describe, expect, it } from 'vitest'
import { CloudHealth } from './cloud-health.ts'
import { CloudRegistry, type ConnectedCloud } from './cloud-registry.ts'

function cloud(): ConnectedCloud {
  return { ownerID: 'acme', health: new CloudHealth() } as ConnectedCloud
}

describe('CloudRegistry', () => {
  it('tells of clouds that come, change their health, and go', () => {
    const registry = new CloudRegistry()
    const told: string[] = []
    const leave = registry.subscribe((key, change) => told.push(`${key} ${change}`))
    const vdi = cloud()
    registry.connect('desktops/vdi', vdi)
    vdi.health.succeeded('identity')
    expect(registry.get('desktops/vdi')).toBe(vdi)
    expect(registry.keys()).toEqual(['desktops/vdi'])
    registry.disconnect('desktops/vdi')
    registry.disconnect('desktops/vdi')
    expect(registry.get('desktops/vdi')).toBeUndefined()
    leave()
    registry.connect('desktops/vdi', vdi)
    expect(told).toEqual(['desktops/vdi Connected', 'desktops/vdi HealthChanged', 'desktops/vdi Disconnected'])
  })

  it('does not listen to a cloud that was replaced', () => {
    const registry = new CloudRegistry()
    const [old, fresh] = [cloud(), cloud()]
    registry.connect('a/b', old)
    registry.connect('a/b', fresh)
    const told: string[] = []
    registry.subscribe((_, change) => told.push(change))
    old.health.succeeded('image')
    expect(told).toEqual([])
    expect(registry.get('a/b')).toBe(fresh)
  })
})

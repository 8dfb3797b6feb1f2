import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoOpenStack } from '../../hack/lab/cloud/install.ts'
import { type OpenStack, startOpenStack } from '../../hack/lab/cloud/openstack.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'
import { type ComputeTarget, computeSuite } from './testing/compute-suite.ts'

let cloud: OpenStack
let yaml: string
const { session: open } = cloudFixture()

async function target(): Promise<ComputeTarget> {
  const [admin, demo] = [open(yaml, 'admin'), open(yaml, 'demo')]
  const { user, project } = await demo.session.identity()
  const { images } = await demo.images.page({ name: 'desktop-base' })
  return { admin, demo, demoProject: project.id, demoUser: user.id, image: images[0]?.id ?? '' }
}

describe.skipIf(whyNoOpenStack())('the services of a real OpenStack', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    cloud = await startOpenStack()
    yaml = readFileSync(cloud.cloudsYaml, 'utf8')
  }, 300_000)
  afterAll(async () => cloud?.stop())

  computeSuite(target)

  it('finds networks, security groups and projects, and takes a floating IP to its end', async () => {
    const { networks, projects, session } = open(yaml, 'demo')
    const project = await session.project()
    expect(await projects.find({ name: 'demo' })).toMatchObject({ id: project.id, enabled: true })
    expect(await projects.find({ name: 'nowhere' })).toBeUndefined()
    expect(await networks.networks({ name: 'desktops' })).toMatchObject([{ name: 'desktops', external: false }])
    expect(await networks.securityGroups(project.id, ['default', 'none'])).toMatchObject([{ name: 'default' }])
    const [pool] = await networks.externalNetworks()
    const description = randomUUID()
    const made = await networks.createFloatingIP({ floating_network_id: pool?.id ?? '', description })
    expect(await networks.floatingIPs({ description })).toEqual([made])
    expect(await networks.removeFloatingIP(made.id)).toBe('Removed')
    expect(await networks.removeFloatingIP(made.id)).toBe('Absent')
    const nowhere = networks.createFloatingIP({ floating_network_id: randomUUID(), description })
    await expect(nowhere).rejects.toMatchObject({ class: 'NotFound', code: 'NetworkResourceNotFound' })
  })

  it('sets quotas of volumes, and takes them back', async () => {
    const { volumeQuotas, volumes } = open(yaml, 'admin')
    const { id } = await open(yaml, 'demo').session.project()
    const before = await volumeQuotas.get(id)
    await volumeQuotas.update(id, { volumes: 77, gigabytes: -1 })
    expect(await volumeQuotas.get(id)).toMatchObject({ volumes: { limit: 77 }, gigabytes: { limit: -1 } })
    await volumeQuotas.reset(id)
    expect(await volumeQuotas.get(id)).toEqual(before)
    expect((await volumes.types()).map(({ name }) => name)).toContain('ssd')
    expect(await volumes.get(randomUUID())).toBeUndefined()
  })
})

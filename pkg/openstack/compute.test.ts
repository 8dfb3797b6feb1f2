import { describe } from 'vitest'
import { cloudFixture } from './testing/cloud-fixture.ts'
import { computeSuite } from './testing/compute-suite.ts'

const { start, session: open } = cloudFixture()

describe('the services of Nova, in memory', () => {
  computeSuite(async () => {
    const cloud = await start()
    const [image = ''] = cloud.seed(1)
    const [admin, demo] = [open(cloud.cloudsYaml(), 'admin'), open(cloud.cloudsYaml(), 'demo')]
    const { user, project } = await demo.session.identity()
    return { admin, demo, demoProject: project.id, demoUser: user.id, image }
  })
})

import { describe, expect, it } from 'vitest'
import { ProjectService } from './project-service.ts'
import { cloudFixture } from './testing/cloud-fixture.ts'

const { start, session: open } = cloudFixture()

describe('ProjectService', () => {
  it.each(['admin', 'demo'])('finds a project by name and by id, as %s', async (user) => {
    const cloud = await start()
    const { projects } = open(cloud.cloudsYaml(), user)
    const { id } = cloud.project('demo')
    const demo = { id, name: 'demo', domain_id: 'default', enabled: true }
    expect(await projects.find({ name: 'demo' })).toEqual(demo)
    expect(await projects.find({ name: 'demo', domainID: 'default' })).toEqual(demo)
    expect(await projects.find({ id })).toEqual(demo)
    expect(await projects.find({ name: 'nowhere' })).toBeUndefined()
    expect(await projects.find({ name: 'demo', domainID: 'other' })).toBeUndefined()
    expect(await projects.find({ id: 'nowhere' })).toBeUndefined()
  })

  it('shows others’ projects to administrators only', async () => {
    const cloud = await start()
    const { id } = cloud.project('admin')
    expect(await open(cloud.cloudsYaml(), 'demo').projects.find({ id })).toBeUndefined()
    expect(await open(cloud.cloudsYaml(), 'admin').projects.find({ id })).toMatchObject({ name: 'admin' })
  })

  it('does not choose among projects of the same name', async () => {
    const project = { name: 'sales', enabled: true }
    const body = {
      projects: [
        { ...project, id: '1', domain_id: 'a' },
        { ...project, id: '2', domain_id: 'b' },
      ],
    }
    const projects = new ProjectService({
      requestTimeoutMs: 1,
      microversion: async () => '',
      request: async () => ({ status: 200, headers: {}, requestId: 'req-1', body }),
    })
    const ambiguous = { class: 'InvalidSpec', code: 'ProjectAmbiguous' }
    await expect(projects.find({ name: 'sales' })).rejects.toMatchObject(ambiguous)
    expect(await projects.find({ name: 'sales', domainID: 'b' })).toMatchObject({ id: '2' })
  })
})

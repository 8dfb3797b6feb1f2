import { describe, expect, it } from 'vitest'
import { imageBench } from './image-bench.ts'
import { messageOf, type Target } from './target.ts'

/** Whose images are seen by whom: visibility and members. */
export function glanceSharingContract(target: () => Target): void {
  describe('Glance: sharing', () => {
    const bench = imageBench(target)
    const ADD = [{ op: 'add', path: '/x', value: 'y' }]

    it("hides other projects' images, but for public and community ones", async () => {
      const make = (visibility: string) => bench().make({ visibility, name: visibility }, 'admin')
      for (const visibility of ['shared', 'private']) {
        const id = await make(visibility)
        expect((await bench().client().get(`/v2/images/${id}`)).status).toBe(404)
        expect((await bench().patch(id, ADD)).status).toBe(404)
        const deleted = await bench().client().delete(`/v2/images/${id}`)
        expect([deleted.status, messageOf(deleted)]).toEqual([404, `Failed to find image ${id} to delete`])
      }
      for (const visibility of ['public', 'community']) {
        const id = await make(visibility)
        expect((await bench().show(id)).visibility).toBe(visibility)
        expect((await bench().patch(id, ADD)).status).toBe(403)
        expect((await bench().upload(id, 'x')).status).toBe(403)
        expect((await bench().client().delete(`/v2/images/${id}`)).status).toBe(403)
        const listed = async (query: string) =>
          (await bench().client().get(`/v2/images?id=${id}${query}`)).json.images.length
        expect(await listed('')).toBe(visibility === 'public' ? 1 : 0)
        expect(await listed(`&visibility=${visibility}`)).toBe(1)
      }
    })

    it("lists a project's own community images", async () => {
      const id = await bench().make({ visibility: 'community' })
      expect((await bench().client().get(`/v2/images?id=${id}`)).json.images).toHaveLength(1)
    })

    it("shows administrators everyone's private and shared images", async () => {
      for (const visibility of ['private', 'shared']) {
        const id = await bench().make({ visibility })
        expect((await bench().client('admin').get(`/v2/images?id=${id}`)).json.images).toHaveLength(1)
      }
    })

    it('shares with a project that accepts', async () => {
      const { projectId } = bench().sessions.demo
      const id = await bench().make({}, 'admin')
      const members = `/v2/images/${id}/members`
      const own = `${members}/${projectId}`
      const admin = bench().client('admin')
      const demo = bench().client()
      const listed = async (query = '') => (await demo.get(`/v2/images?id=${id}${query}`)).json.images.length
      expect((await admin.get(members)).json).toEqual({ members: [], schema: '/v2/schemas/members' })
      const added = await admin.post(members, { member: projectId })
      expect(added.status).toBe(200)
      expect(added.json).toMatchObject({ member_id: projectId, image_id: id, status: 'pending' })
      expect((await admin.post(members, { member: projectId })).status).toBe(409)
      expect((await admin.post(members, {})).status).toBe(400)

      expect((await demo.get(`/v2/images/${id}`)).status).toBe(200)
      expect([await listed(), await listed('&member_status=pending'), await listed('&member_status=all')]).toEqual([
        0, 1, 1,
      ])
      expect((await demo.put(own, { json: { status: 'frob' } })).status).toBe(400)
      expect((await demo.put(own, { json: { status: 'accepted' } })).json.status).toBe('accepted')
      expect(await listed()).toBe(1)
      expect((await demo.get(members)).json.members).toHaveLength(1)
      expect((await demo.get(own)).json.status).toBe('accepted')

      expect((await demo.delete(own)).status).toBe(403)
      expect((await admin.delete(own)).status).toBe(204)
      expect((await admin.delete(own)).status).toBe(404)
      expect((await demo.get(`/v2/images/${id}`)).status).toBe(404)
    })

    it('only shared images have members', async () => {
      const id = await bench().make({ visibility: 'private' })
      const answer = await bench().client().get(`/v2/images/${id}/members`)
      expect([answer.status, messageOf(answer)]).toEqual([
        403,
        `Not allowed to list members for image ${id}: Only shared images have members.`,
      ])
    })
  })
}

import { type Call, HttpError, type Reply } from './http.ts'
import { type Member, type StoredImage, timestamp } from './image.ts'
import { jsonBody } from './image-patch.ts'
import { callerOf, notAuthorized, requireOwner, visibleImage } from './image-policy.ts'
import type { ImageStore } from './image-store.ts'

const STATUSES = ['pending', 'accepted', 'rejected']

/** Members: the projects that a shared image is shared with. */
export class ImageMembers {
  readonly #images: ImageStore

  constructor(images: ImageStore) {
    this.#images = images
  }

  list(call: Call): Reply {
    const caller = callerOf(call)
    const image = this.#shared(call, 'list members for')
    const isOwner = caller.isAdmin || image.owner === caller.project
    const members = [...image.members.values()].filter((one) => isOwner || one.member_id === caller.project)
    return { status: 200, body: { members: members.map((one) => view(image, one)), schema: '/v2/schemas/members' } }
  }

  async add(call: Call): Promise<Reply> {
    const body = (await jsonBody(call)) as { member?: unknown }
    if (typeof body?.member !== 'string' || body.member === '') {
      throw new HttpError(400, 'Member to be added not specified')
    }
    const image = this.#shared(call, 'create member for')
    requireOwner(image, callerOf(call), 'add_member')
    if (image.members.has(body.member)) {
      throw new HttpError(409, `Member ${body.member} is duplicated for image ${image.id}`)
    }
    const time = this.#images.second()
    const member: Member = { member_id: body.member, status: 'pending', created_at: time, updated_at: time }
    image.members.set(member.member_id, member)
    return { status: 200, body: view(image, member) }
  }

  show(call: Call): Reply {
    const image = visibleImage(this.#images, call, callerOf(call))
    return { status: 200, body: view(image, this.#member(call, image)) }
  }

  /** Only the member itself, or an administrator, accepts or rejects. */
  async update(call: Call): Promise<Reply> {
    const { status } = (await jsonBody(call)) as { status?: string }
    if (status === undefined || !STATUSES.includes(status)) {
      throw new HttpError(400, 'Incorrect request: Status must be "pending", "accepted" or "rejected".')
    }
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    const member = this.#member(call, image)
    if (!caller.isAdmin && member.member_id !== caller.project) throw notAuthorized('modify_member')
    member.status = status as Member['status']
    member.updated_at = this.#images.second()
    return { status: 200, body: view(image, member) }
  }

  remove(call: Call): Reply {
    const caller = callerOf(call)
    const image = visibleImage(this.#images, call, caller)
    requireOwner(image, caller, 'delete_member')
    image.members.delete(this.#member(call, image).member_id)
    return { status: 204 }
  }

  #shared(call: Call, action: string): StoredImage {
    const image = visibleImage(this.#images, call, callerOf(call))
    if (image.visibility === 'shared') return image
    throw new HttpError(403, `Not allowed to ${action} image ${image.id}: Only shared images have members.`)
  }

  #member(call: Call, image: StoredImage): Member {
    const member = image.members.get(call.params[1] ?? '')
    if (member) return member
    throw new HttpError(404, `${call.params[1]} not found in the member list of the image ${image.id}.`)
  }
}

function view(image: StoredImage, member: Member) {
  return {
    member_id: member.member_id,
    image_id: image.id,
    status: member.status,
    created_at: timestamp(member.created_at),
    updated_at: timestamp(member.updated_at),
    schema: '/v2/schemas/member',
  }
}

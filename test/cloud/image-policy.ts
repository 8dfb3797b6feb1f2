import { type Call, HttpError } from './http.ts'
import type { StoredImage } from './image.ts'
import type { ImageStore } from './image-store.ts'

/** Who asks, as Glance's policies see them. */
export interface Caller {
  readonly userId: string
  readonly project: string
  readonly isAdmin: boolean
  readonly isMember: boolean
}

export function callerOf(call: Call): Caller {
  const { token } = call
  if (!token?.project) {
    throw new HttpError(
      401,
      'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.',
      { 'www-authenticate': `Keystone uri="${call.origin}/identity/v3"` },
    )
  }
  return {
    userId: token.user.id,
    project: token.project.id,
    isAdmin: token.roles.includes('admin'),
    isMember: token.roles.includes('member'),
  }
}

export function canSee(image: StoredImage, caller: Caller): boolean {
  if (caller.isAdmin || image.owner === caller.project) return true
  if (image.visibility === 'public' || image.visibility === 'community') return true
  return image.visibility === 'shared' && image.members.has(caller.project)
}

/** The image of the path's first parameter; what the caller may not see is not there. */
export function visibleImage(images: ImageStore, call: Call, caller: Caller): StoredImage {
  const id = call.params[0] ?? ''
  const image = images.get(id)
  if (!image || !canSee(image, caller)) throw new HttpError(404, `No image found with ID ${id}`)
  return image
}

/** Changing needs the owner project's member role, or an administrator. */
export function requireOwner(image: StoredImage, caller: Caller, action: string): void {
  if (!caller.isAdmin && !(caller.isMember && image.owner === caller.project)) throw notAuthorized(action)
}

export function requireAdmin(caller: Caller, action: string): void {
  if (!caller.isAdmin) throw notAuthorized(action)
}

export function notAuthorized(action: string): HttpError {
  return new HttpError(403, `You are not authorized to complete ${action} action.`)
}

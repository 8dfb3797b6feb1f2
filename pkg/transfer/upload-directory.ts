import type { UploadSession } from './upload-session.ts'

/** Why an object takes no bytes just now; told to the client as it is. */
export interface NotReady {
  /** 404: not an upload, or gone. 409: its content is complete. 423: may take bytes later. */
  status: 404 | 409 | 423
  /** CamelCase, for programs. */
  reason: string
  /** One sentence for a person. */
  message: string
  /** When asking again makes sense. */
  retryAfterSeconds?: number | undefined
}

/** What the gateway must know of an object that takes an upload. */
export interface UploadTarget {
  /** The annotation `vdi.auxo.dev/upload-ticket`, verbatim. */
  ticket: string | undefined
  /** Size in bytes that the object's spec promises, if it does. */
  size?: number | undefined
  /** Where the bytes go, or why they cannot come now. */
  session: UploadSession | NotReady
}

/** The objects that take uploads: the Image controller's view, as the gateway needs it. */
export interface UploadDirectory {
  /**
   * The object, or undefined where there is none. `fresh` asks the API server instead of the cache: the gateway does
   * so (at most once a second per object) before it turns a client away, whose annotation may be newer than the cache.
   */
  find(namespace: string, name: string, options: { fresh: boolean }): Promise<UploadTarget | undefined>
}

/** Which replica owns the objects of a namespace. */
export interface Owner {
  /** `local`, the base URL of the owner's gateway, or undefined while nobody owns it. */
  locate(namespace: string): 'local' | { url: string } | undefined
}

import type { Classify } from './errors.ts'
import type { MicroversionWish } from './microversion.ts'
import type { VersionedRequester } from './request.ts'
import { ofResize, ofResizeEnd, ofServerAction, ofUnlock } from './server-errors.ts'
import { type CallOptions, type Receipt, ServiceApi, segment } from './service-api.ts'

/**
 * What can be asked of a server. Nova answers 202 and begins; how it ends is seen in the server, and in the action
 * with the receipt's request id. Refusals of all: `ServerBusy`, `ServerStateConflict` (Conflict): look again, it may be
 * done already. `ServerLocked`, `ActionRefused`, `Forbidden` (Refused). `ServerNotFound` (NotFound).
 */
export class ServerActions {
  readonly #api: ServiceApi

  constructor(session: VersionedRequester) {
    this.#api = new ServiceApi(session, 'compute')
  }

  /** Nova asks the guest to shut down and cuts the power after its own time. `ServerStateConflict` where it is off. */
  async stop(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { 'os-stop': null }, options)
  }

  async start(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { 'os-start': null }, options)
  }

  /** HARD also recovers a server in ERROR; it is ACTIVE then, even if it was off. A failing SOFT one says nothing. */
  async reboot(id: string, type: 'HARD' | 'SOFT', options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { reboot: { type } }, options)
  }

  async pause(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { pause: null }, options)
  }

  async unpause(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { unpause: null }, options)
  }

  async suspend(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { suspend: null }, options)
  }

  async resume(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { resume: null }, options)
  }

  /** SHELVED, or SHELVED_OFFLOADED at once where the server boots from a volume or the cloud is set so. */
  async shelve(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { shelve: null }, options)
  }

  /** Takes a SHELVED server off its host. By default for administrators. */
  async shelveOffload(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { shelveOffload: null }, options)
  }

  /** Comes back ACTIVE, even if it was off. */
  async unshelve(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { unshelve: null }, options)
  }

  /**
   * Locks, with a reason of at most 255 characters (2.73). Proves nothing: the owner's lock on a locked server changes
   * nothing, an administrator's replaces anyone's. Read `locked` and `locked_reason` afterwards.
   */
  async lock(id: string, reason: string | undefined, options?: CallOptions): Promise<Receipt> {
    if (reason === undefined) return this.#act(id, { lock: null }, options)
    const wish = { least: '2.73', feature: 'reasons of locks' }
    return this.#act(id, { lock: { locked_reason: reason } }, options, ofServerAction, wish)
  }

  /** Nothing happens where it is not locked. `LockedByAdministrator` (Refused): it is not ours to unlock. */
  async unlock(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { unlock: null }, options, ofUnlock)
  }

  /**
   * Asks for another flavor. Must not be repeated: a second one would be a second resize. `LostAnswer`
   * (UnknownOutcome): nothing before `mayActUntil`, then look at migrations, actions and flavor; 500 is one too.
   * `SameFlavor` (Conflict): it has it. `ResizeInvalid` (InvalidSpec). `QuotaExceeded` (Quota).
   */
  async resize(id: string, flavorRef: string, options?: CallOptions): Promise<Receipt> {
    return this.#actOnce(id, { resize: { flavorRef } }, ofResize, options)
  }

  /**
   * Confirms. Two at once put the server into ERROR: sent once, never while an earlier one may still run. `LostAnswer`
   * as `resize`. `NotResized`, `ServerStateConflict` (Conflict): look at the migration again, it may be over. After a
   * receipt the server reads VERIFY_RESIZE for a while.
   */
  async confirmResize(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#actOnce(id, { confirmResize: null }, ofResizeEnd, options)
  }

  /** Goes back to the old flavor. `LostAnswer`, `NotResized` as `confirmResize`; 500 where the old size finds no quota. */
  async revertResize(id: string, options?: CallOptions): Promise<Receipt> {
    return this.#actOnce(id, { revertResize: null }, ofResizeEnd, options)
  }

  /** Writes another state over the server's, whatever it does. For administrators. */
  async resetState(id: string, state: 'active' | 'error', options?: CallOptions): Promise<Receipt> {
    return this.#act(id, { 'os-resetState': { state } }, options)
  }

  async #act(
    id: string,
    json: object,
    options: CallOptions = {},
    classify: Classify = ofServerAction,
    wish?: MicroversionWish,
  ): Promise<Receipt> {
    const details = wish === undefined ? { ...options, json } : { ...options, json, wish }
    const { requestId } = await this.#api.call('POST', pathOf(id), classify, details)
    return { requestId }
  }

  async #actOnce(id: string, json: object, classify: Classify, options: CallOptions = {}): Promise<Receipt> {
    const { requestId } = await this.#api.once('POST', pathOf(id), classify, { ...options, json })
    return { requestId }
  }
}

function pathOf(id: string): string {
  return `/servers/${segment(id)}/action`
}

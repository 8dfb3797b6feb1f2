import { HttpError } from '../http.ts'
import type { ServerAction } from './action.ts'
import { recordAction } from './action-record.ts'
import { type Caller, requireAdmin, requireMember } from './caller.ts'
import { checkHost, checkLock, checkState } from './checks.ts'
import type { FlavorRecord } from './flavor-record.ts'
import { visibleFlavor } from './flavors.ts'
import { isUp } from './host.ts'
import { migrationWith, setMigration } from './migration.ts'
import { checkQuota, growth } from './quota.ts'
import type { EmbeddedFlavor, ServerRecord } from './server-record.ts'
import { claimTask, unexpected } from './server-save.ts'
import type { ComputeState } from './state.ts'
import { addTask } from './task.ts'

function unavailable(): HttpError {
  return new HttpError(409, 'Service is unavailable at this time.')
}

function checkMovable(state: ComputeState, caller: Caller, server: ServerRecord, action: string): void {
  checkLock(caller, server)
  checkState(server, action, { vm: ['active', 'stopped'] })
  checkHost(server)
  if (!isUp(state, server.host)) throw unavailable()
}

export function embed(flavor: FlavorRecord): EmbeddedFlavor {
  const { number, id, name, vcpus, ram, disk, ephemeral, swap, extraSpecs } = flavor
  return { number, id, name, vcpus, ram, disk, ephemeral, swap, extraSpecs: { ...extraSpecs } }
}

/** `resize`: 202; everything that the scheduler or a host may say comes later. */
export const resize: ServerAction<{ flavorRef: string | number }, EmbeddedFlavor> = {
  check({ state, caller, server, args, neighbours }) {
    requireMember(caller, 'servers:resize')
    checkMovable(state, caller, server, 'resize')
    const id = String(args.flavorRef)
    const flavor = visibleFlavor(state, caller, id)
    if (!flavor) throw new HttpError(400, `Flavor ${id} could not be found.`)
    if (flavor.disk === 0 && server.flavor.disk !== 0 && server.imageId !== null) {
      const reason = 'Resize to zero disk flavor is not allowed.'
      throw new HttpError(400, `Server disk was unable to be resized because: ${reason}`)
    }
    if (flavor.number === server.flavor.number) {
      throw new HttpError(400, 'When resizing, instances must change flavor!')
    }
    checkQuota(state, server.projectId, growth(server.flavor, flavor))
    const image = server.imageId === null ? undefined : neighbours.image(server.imageId, server.projectId, true)
    if (image && flavor.ram < image.minRam) {
      throw new HttpError(400, "Flavor's memory is too small for requested image.")
    }
    return embed(flavor)
  },
  effect({ state, caller, server }, flavor) {
    claimTask(state, server, 'resize_prep')
    server.newFlavor = flavor
    const actionId = recordAction(state, caller, server.id, 'resize')
    addTask(state, { type: 'resize-schedule', serverId: server.id, actionId })
    return { status: 202 }
  },
}

/** `migrate`: a cold migration, that is a resize to the same flavor on another host. */
export const migrate: ServerAction<{ host?: string | null } | null, string | null> = {
  check({ state, caller, server, args }) {
    requireAdmin(caller, 'os-migrate-server:migrate')
    checkMovable(state, caller, server, 'migrate')
    const host = args?.host ?? null
    if (host === null) return null
    if (!state.hosts.some((one) => one.name === host)) {
      throw new HttpError(400, `Compute host ${host} could not be found.`)
    }
    if (host === server.host) throw new HttpError(400, 'Unable to migrate instance to its own host.')
    return host
  },
  effect({ state, caller, server }, host) {
    claimTask(state, server, 'resize_prep')
    server.newFlavor = server.flavor
    const actionId = recordAction(state, caller, server.id, 'migrate')
    const target = host === null ? {} : { targetHost: host }
    addTask(state, { type: 'resize-schedule', serverId: server.id, actionId, ...target })
    return { status: 202 }
  },
}

function finishedMigration(state: ComputeState, server: ServerRecord): number {
  const migration = migrationWith(state, server.id, 'finished')
  if (!migration) throw new HttpError(400, 'Instance has not been resized.')
  return migration.id
}

/**
 * `confirmResize`: 204 while the server still reads VERIFY_RESIZE. Nothing is compared on the way: two requests that
 * both saw the finished migration are both accepted, and their second step finds nothing to confirm.
 */
export const confirmResize: ServerAction<null, number> = {
  check({ state, caller, server }) {
    requireMember(caller, 'servers:confirm_resize')
    checkLock(caller, server)
    checkState(server, 'confirmResize', { vm: ['resized'] })
    const id = finishedMigration(state, server)
    const source = state.migrations.find((one) => one.id === id)?.sourceHost ?? null
    if (!isUp(state, source)) throw unavailable()
    return id
  },
  effect({ state, caller, server }, migrationId) {
    const migration = state.migrations.find((one) => one.id === migrationId)
    if (!migration) throw unexpected('nova.exception.MigrationNotFound')
    setMigration(state, migration, 'confirming')
    const actionId = recordAction(state, caller, server.id, 'confirmResize')
    addTask(state, { type: 'confirm', serverId: server.id, host: migration.sourceHost, actionId, migrationId })
    return { status: 204 }
  },
}

/** `revertResize`: 202; 500 if somebody filled the quota that the old size needs. */
export const revertResize: ServerAction<null, number> = {
  check({ state, caller, server }) {
    requireMember(caller, 'servers:revert_resize')
    checkLock(caller, server)
    checkState(server, 'revertResize', { vm: ['resized'] })
    const id = finishedMigration(state, server)
    try {
      checkQuota(state, server.projectId, growth(server.flavor, server.oldFlavor ?? server.flavor))
    } catch {
      throw unexpected('nova.exception.TooManyInstances')
    }
    return id
  },
  effect({ state, caller, server }, migrationId) {
    claimTask(state, server, 'resize_reverting')
    const migration = state.migrations.find((one) => one.id === migrationId)
    if (!migration) throw unexpected('nova.exception.MigrationNotFound')
    setMigration(state, migration, 'reverting')
    const actionId = recordAction(state, caller, server.id, 'revertResize')
    const host = migration.destinationHost
    addTask(state, { type: 'revert', serverId: server.id, host, actionId, migrationId })
    return { status: 202 }
  },
}

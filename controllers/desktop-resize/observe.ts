import type { Cloud, Desktop, DesktopResize, ProjectQuota } from '../../api/v1alpha1/objects.ts'
import { lockIsOurs } from '../../pkg/cloud-objects/desktop-lock.ts'
import { mebibytesOf } from '../../pkg/kube/quantity.ts'
import { keyOf } from '../../pkg/kube/resource.ts'
import { cloudAccess } from '../../pkg/openstack/cloud-access.ts'
import type { CloudRegistry, ConnectedCloud } from '../../pkg/openstack/cloud-registry.ts'
import { isDeletedServer, type NovaServer } from '../../pkg/openstack/nova-server.ts'
import { type ResizeRecord, readResizeRecord, resizeDigest } from '../../pkg/openstack/server-metadata.ts'
import { evidenceOf } from './evidence.ts'
import { newFlavorOf, oldFlavorOf } from './flavor-facts.ts'
import { flavorOf, hashOfResize, isOurLock, keyOfResize } from './identity.ts'
import { Ledger } from './ledger.ts'
import type { ResizeMemory } from './memory.ts'
import type { Holder, Observed, ObservedDesktop, ObservedInCloud, ObservedServer, Size, Trace } from './observed.ts'
import { snapshotOf } from './snapshot.ts'
import { timesOf } from './times.ts'

/** What observation reads beside the cloud. */
export interface ObserveSources {
  registry: CloudRegistry
  cloudOf(cloudKey: string): Cloud | undefined
  desktopOf(resize: DesktopResize): Desktop | undefined
  /** All resizes of a desktop, this one too. */
  resizesOf(desktop: Desktop): readonly DesktopResize[]
  /** The ProjectQuota that counts for the project of that cloud. */
  quotaOf(cloudKey: string, projectID: string): ProjectQuota | undefined
  /** Whether another resize of a project without ProjectQuota has its turn now. */
  isTurnOfOther(cloudKey: string, resize: DesktopResize): boolean
  memory: ResizeMemory
  /** Milliseconds since the epoch. */
  now(): number
}

/** A resize at work: what is needed to look at it, in one. */
export interface Scene {
  resize: DesktopResize
  desktop: Desktop | undefined
  cloud: ConnectedCloud
  cloudKey: string
  operation: string
  ledger: Ledger
  signal: AbortSignal
}

/** The server is asked for itself, so that no list has to be waited for. */
const lookedAtLive = { synced: true, state: { type: 'Current' } } as const

/** Gathers what `plan` needs. The server is looked at live; records of Nova only where the decision rests on them. */
export async function observe(resize: DesktopResize, sources: ObserveSources, signal: AbortSignal): Promise<Observed> {
  const desktop = sources.desktopOf(resize)
  const holder = holderOf(resize, desktop, sources)
  if (resize.status?.outcome !== undefined) return { state: 'Finished', holder }
  const cloudName = desktop?.spec.cloudRef.name ?? resize.status?.cloud
  if (cloudName === undefined) return { state: 'NoDesktop' }
  const cloudKey = `${resize.metadata.namespace}/${cloudName}`
  const access = cloudAccess(sources.registry, cloudKey, sources.cloudOf(cloudKey), () => lookedAtLive)
  if (access.state === 'Closed') return access
  const { cloud } = access
  const serverID = resize.status?.serverID ?? desktop?.status?.id
  const live = serverID === undefined ? undefined : await cloud.servers.get(serverID, { signal })
  const record = live && readResizeRecord(live.metadata)
  const trace = unfinished(record, resize, desktop, sources)
  const key = keyOfResize(resize)
  const hash = hashOfResize(resize)
  const mine = trace?.key === key && trace.hash === hash ? trace.operation : undefined
  const operation = resize.status?.operation ?? mine ?? resize.metadata.uid ?? ''
  const scene: Scene = { resize, desktop, cloud, cloudKey, operation, ledger: new Ledger(resize), signal }
  const server = serverID === undefined ? 'Unknown' : serverOf(live, trace, scene)
  const facts = await factsOf(scene, live, server, record)
  const { memory } = sources
  return {
    state: 'Ready',
    ...{ cloudName, operation, key, hash, server, ...facts },
    ...timesOf(resize, sources.now(), cloud.session.requestTimeoutMs),
    wanted: wantedOf(resize, desktop),
    desktop: desktop && observedDesktop(desktop, holder, live, [...executedOf(record, key, hash)]),
    ahead: aheadOf(resize, desktop, sources),
    lacks: await lacksOf(scene),
    lockIsAdvisory: cloud.locks.advisory,
    quota: quotaOf(scene, sources),
    answers: memory.answersOf(resize.metadata.uid ?? ''),
  }
}

/** What Nova's records and flavors tell, each looked at only where the decision rests on it. */
async function factsOf(
  scene: Scene,
  live: NovaServer | undefined,
  server: ObservedInCloud['server'],
  record: ResizeRecord | undefined,
): Promise<Pick<ObservedInCloud, 'evidence' | 'newFlavor' | 'oldFlavor' | 'snapshot'>> {
  const busy = typeof server === 'object' && server.taskState !== undefined && server.status !== 'ERROR'
  const [evidence, snapshot] = await Promise.all([evidenceOf(scene, server), live && snapshotOf(scene, live, record)])
  const common = { evidence, snapshot }
  if (busy) return { ...common, newFlavor: 'Unknown', oldFlavor: 'Unknown' }
  const [newFlavor, oldFlavor] = await Promise.all([newFlavorOf(scene), oldFlavorOf(scene, server)])
  return { ...common, newFlavor, oldFlavor }
}

function serverOf(
  live: NovaServer | undefined,
  trace: Trace | undefined,
  { cloud, operation, resize }: Scene,
): ObservedServer | 'Gone' {
  if (live === undefined || isDeletedServer(live)) return 'Gone'
  const { locked, locked_reason: lockReason, flavor } = live
  return {
    status: live.status,
    taskState: live.task_state,
    ownProject: live.tenant_id === cloud.projectID,
    lock: !locked ? 'Unlocked' : isOurLock(lockReason, operation) ? 'Ours' : 'Other',
    lockReason,
    size: { cpus: flavor.vcpus, memoryMiB: flavor.ram },
    flavor: flavorNow(flavor.original_name, resize.status?.preImage?.flavorName, operation),
    fault: live.fault?.message,
    host: live.host,
    hostDown: live.host_status === 'DOWN',
    trace,
  }
}

function flavorNow(name: string, before: string | undefined, operation: string): ObservedServer['flavor'] {
  if (name === flavorOf(operation).name) return 'New'
  return before === undefined || name === before ? 'Old' : 'Other'
}

/** What the metadata say is under way, unless an object that has ended left it there. */
function unfinished(
  record: ResizeRecord | undefined,
  resize: DesktopResize,
  desktop: Desktop | undefined,
  sources: ObserveSources,
): Trace | undefined {
  if (record === undefined || record.outcome !== undefined) return undefined
  const { uid: operation, idempotencyKey: key, specHash: hash } = record
  const others = desktop === undefined ? [] : sources.resizesOf(desktop)
  const owner = others.find(({ metadata }) => metadata.uid === operation)
  const ended = owner?.status?.outcome !== undefined && owner.metadata.uid !== resize.metadata.uid
  return ended ? undefined : { operation, key, hash }
}

function holderOf(resize: DesktopResize, desktop: Desktop | undefined, sources: ObserveSources): Holder {
  const active = desktop?.status?.activeOperation
  if (desktop === undefined || active === undefined) return 'Nobody'
  if (active.uid === resize.metadata.uid) return 'Mine'
  if (active.kind === 'DesktopResize' && active.name === resize.metadata.name) return 'Earlier'
  if (active.kind !== 'DesktopResize') return 'Other'
  return sources.resizesOf(desktop).some(({ metadata }) => metadata.uid === active.uid) ? 'Other' : 'Stale'
}

function observedDesktop(
  desktop: Desktop,
  holder: Holder,
  live: NovaServer | undefined,
  alsoExecuted: ObservedDesktop['executed'],
): ObservedDesktop {
  const { spec, status, metadata } = desktop
  const active = status?.activeOperation
  const succeeded = status?.executedResizes?.filter(({ outcome }) => outcome === 'Succeeded') ?? []
  return {
    deleting: metadata.deletionTimestamp !== undefined,
    holder,
    holderName: active && `${active.kind} "${active.name}"`,
    serverID: status?.id,
    resources: sizeOf(spec.resources),
    automatic: spec.resizePolicy === 'Automatic',
    ownsLock: spec.lock === 'Locked' && live !== undefined && lockIsOurs(desktop, live),
    executed: [...succeeded, ...alsoExecuted],
  }
}

/** What the server's metadata know as carried out: the latest resize, and this one if it is among the earlier. */
function executedOf(record: ResizeRecord | undefined, key: string, hash: string): ObservedDesktop['executed'] {
  const latest = record?.outcome === 'Succeeded' ? [{ key: record.idempotencyKey, hash: record.specHash }] : []
  const [short] = resizeDigest(key, hash).split('.')
  const earlier = record?.earlier?.find((digest) => digest.startsWith(`${short}.`))
  if (earlier === undefined) return latest
  return [...latest, { key, hash: earlier === resizeDigest(key, hash) ? hash : earlier }]
}

/** Flavors, locks from outside and migrations are for administrators; whoever has not the role would fail half way. */
async function lacksOf({ resize, cloud, signal }: Scene): Promise<string | undefined> {
  if (resize.status?.preImage !== undefined) return undefined
  const { roles, user } = await cloud.session.identity({ signal })
  return roles.includes('admin') ? undefined : `"${user.name}" has not the role admin in this project`
}

function wantedOf({ spec, status }: DesktopResize, desktop: Desktop | undefined): Partial<Size> {
  const { to } = status ?? {}
  if (to !== undefined) return { cpus: to.cpus, memoryMiB: mebibytesOf(to.memory) }
  if (spec.cpus === undefined && spec.memory === undefined) return sizeOf(desktop?.spec.resources)
  return sizeOf(spec)
}

function sizeOf(resources: { cpus?: number | undefined; memory?: string | undefined } | undefined): Partial<Size> {
  const { cpus, memory } = resources ?? {}
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMiB: mebibytesOf(memory) }),
  }
}

/** The oldest goes first; one whose time has not come does not keep others waiting. */
function aheadOf(
  resize: DesktopResize,
  desktop: Desktop | undefined,
  { resizesOf, now }: ObserveSources,
): string | undefined {
  const older = (desktop === undefined ? [] : resizesOf(desktop)).filter(
    (other) => compareAge(other, resize) < 0 && other.status?.outcome === undefined && hasCome(other, now()),
  )
  return older.toSorted(compareAge)[0]?.metadata.name
}

function compareAge(a: DesktopResize, b: DesktopResize): number {
  const age = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
  return age || keyOf(a).localeCompare(keyOf(b))
}

function hasCome({ spec }: DesktopResize, now: number): boolean {
  return spec.notBeforeTime === undefined || Date.parse(spec.notBeforeTime) <= now
}

function quotaOf({ resize, cloud, cloudKey, ledger }: Scene, sources: ObserveSources): ObservedInCloud['quota'] {
  const quota = sources.quotaOf(cloudKey, cloud.projectID)
  if (quota === undefined) {
    const { Hold: answer } = sources.memory.answersOf(resize.metadata.uid ?? '')
    const had = ledger.of('Hold') === 'Done' || answer?.type === 'Accepted'
    const taken = had && !ledger.sent('ReleaseHold')
    return { type: 'Unmanaged', taken, busy: sources.isTurnOfOther(cloudKey, resize) }
  }
  const held = quota.status?.holds?.find(({ uid }) => uid === resize.metadata.uid)
  return {
    type: 'Managed',
    name: quota.metadata.name,
    hold: held && { cpus: held.cpus, memoryMiB: held.memoryMiB },
  }
}

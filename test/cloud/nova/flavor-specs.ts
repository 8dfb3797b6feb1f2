import { HttpError, type Reply } from '../http.ts'
import { type ApiCall, bodyOf, invalid, isObject } from './api-call.ts'
import { requireAdmin } from './caller.ts'
import { findFlavor } from './flavors.ts'

/** The namespaces that Nova checks since 2.86, and the names in them that are used here; others are free. */
const CHECKED =
  /^(accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|os|pci_passthrough|quota|resources|trait|vmware):/
const KNOWN = new RegExp(
  '^(hw:(cpu_(policy|thread_policy|sockets|cores|threads|max_sockets|max_cores|max_threads|realtime|dedicated_mask)' +
    '|mem_page_size|numa_nodes|numa_(cpus|mem)\\.\\d+|boot_menu|watchdog_action|tpm_(model|version)|video_ram|' +
    'mem_encryption|vif_multiqueue_enabled|emulator_threads_policy|serial_port_count|pci_numa_affinity_policy|' +
    'locked_memory|virtio_packed_ring|viommu_model|maxphysaddr_(mode|bits)|sound_model|usb_model|' +
    'redirected_usb_ports|hide_hypervisor_id|pmu|time_offset|tpm_secret_security)' +
    '|hw_rng:(allowed|rate_bytes|rate_period)|quota:[a-z_]+|resources\\d*:[A-Z0-9_]+|trait\\d*:[A-Z0-9_]+' +
    '|pci_passthrough:alias|accel:device_profile|os:secure_boot|aggregate_instance_extra_specs:.+|capabilities:.+' +
    '|vmware:.+)$',
)

function checkSpecs({ minor }: ApiCall, specs: Record<string, unknown>): Record<string, string> {
  const checked: [string, string][] = Object.entries(specs).map(([name, value]) => {
    if (!/^[a-zA-Z0-9-_:. ]{1,255}$/.test(name)) throw invalid('extra_specs', specs)
    if ((typeof value !== 'string' && typeof value !== 'number') || String(value).length > 255) {
      throw invalid(name, value)
    }
    if (minor >= 86 && CHECKED.test(name) && !KNOWN.test(name)) {
      throw new HttpError(400, `Validation failed; extra spec '${name}' does not appear to be a valid extra spec.`)
    }
    if (name === 'hw:cpu_policy' && minor >= 86 && !['dedicated', 'shared', 'mixed'].includes(String(value))) {
      throw new HttpError(400, `Validation failed; '${value}' is not one of ['dedicated', 'shared', 'mixed']`)
    }
    return [name, String(value)]
  })
  return Object.fromEntries(checked)
}

export function listSpecs(call: ApiCall): Reply {
  return { status: 200, body: { extra_specs: findFlavor(call).extraSpecs } }
}

/** Servers that have the flavor already keep what it was. */
export function addSpecs(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-extra-specs:create')
  const specs = bodyOf(call, 'extra_specs')
  const checked = checkSpecs(call, specs)
  Object.assign(findFlavor(call).extraSpecs, checked)
  return { status: 200, body: { extra_specs: specs } }
}

function specOf(call: ApiCall): [name: string, value: string] {
  const name = call.params[1] ?? ''
  const flavor = findFlavor(call)
  const value = flavor.extraSpecs[name]
  if (value === undefined) throw new HttpError(404, `Flavor ${flavor.id} has no extra specs with key ${name}.`)
  return [name, value]
}

export function showSpec(call: ApiCall): Reply {
  const [name, value] = specOf(call)
  return { status: 200, body: { [name]: value } }
}

export function setSpec(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-extra-specs:update')
  const name = call.params[1] ?? ''
  if (!isObject(call.body)) throw invalid('extra_specs', call.body)
  const checked = checkSpecs(call, call.body)
  if (checked[name] === undefined) throw new HttpError(400, 'Request body and URI mismatch')
  Object.assign(findFlavor(call).extraSpecs, checked)
  return { status: 200, body: call.body }
}

export function deleteSpec(call: ApiCall): Reply {
  requireAdmin(call.caller, 'os-flavor-extra-specs:delete')
  const [name] = specOf(call)
  delete findFlavor(call).extraSpecs[name]
  return { status: 200 }
}

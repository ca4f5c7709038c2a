import { ProxboxError, type RunOptions, type SyncType, syncTypes } from '@proxbox/contracts'

/** What a stream request asks for, beyond what the lease says. */
export interface StreamQuery {
  readonly options: RunOptions
  readonly proxmoxEndpointIds: readonly number[]
  readonly netboxVmIds: readonly number[]
  readonly syncTypes: readonly SyncType[]
}

type Raw = Readonly<Record<string, string | readonly string[] | undefined>>

const invalid = (parameter: string, problem: string) =>
  new ProxboxError('PARAMETER_INVALID', { parameter, problem })

function textOf(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  const text = typeof value === 'object' ? value.join(',') : value
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

/** `True`, `true`, `1` (and their opposites), as existing readers send them. */
function flagOf(raw: Raw, name: string): boolean | undefined {
  const text = textOf(raw, name)?.toLowerCase()
  if (text === undefined) return undefined
  if (['true', '1', 'yes', 'on'].includes(text)) return true
  if (['false', '0', 'no', 'off'].includes(text)) return false
  throw invalid(name, `"${text}" is neither true nor false.`)
}

function integerOf(raw: Raw, name: string, minimum: number): number | undefined {
  const text = textOf(raw, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < minimum)
    throw invalid(name, `"${text}" is no integer of at least ${minimum}.`)
  return value
}

function idsOf(raw: Raw, name: string): readonly number[] {
  const parts =
    textOf(raw, name)
      ?.split(',')
      .map((part) => part.trim()) ?? []
  const wrong = parts.find((part) => !/^[1-9]\d{0,9}$/.test(part))
  if (wrong !== undefined) throw invalid(name, `"${wrong}" is no id.`)
  return parts.map(Number)
}

function typesOf(raw: Raw): readonly SyncType[] {
  const parts =
    textOf(raw, 'sync_types')
      ?.split(',')
      .map((part) => part.trim()) ?? []
  const wrong = parts.find((part) => !(syncTypes as readonly string[]).includes(part))
  if (wrong !== undefined)
    throw invalid('sync_types', `"${wrong}" is none of ${syncTypes.join(', ')}.`)
  return syncTypes.filter((type) => parts.includes(type))
}

/**
 * Pure: the query of a stream path. Unknown parameters are ignored, as existing callers expect.
 *
 * @throws ProxboxError PARAMETER_INVALID (422) for a known parameter with a bad value.
 */
export function streamQueryFrom(raw: Raw): StreamQuery {
  const flags = {
    use_guest_agent_interface_name: flagOf(raw, 'use_guest_agent_interface_name'),
    ignore_ipv6_link_local_addresses: flagOf(raw, 'ignore_ipv6_link_local_addresses'),
    delete_nonexistent_backup: flagOf(raw, 'delete_nonexistent_backup'),
    delete_nonexistent_snapshot: flagOf(raw, 'delete_nonexistent_snapshot'),
    fetch_max_concurrency: integerOf(raw, 'fetch_max_concurrency', 1)
  }
  return {
    options: Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
    proxmoxEndpointIds: idsOf(raw, 'proxmox_endpoint_ids'),
    netboxVmIds: idsOf(raw, 'netbox_vm_ids'),
    syncTypes: typesOf(raw)
  }
}

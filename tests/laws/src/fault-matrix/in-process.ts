import type { ProxmoxConnection } from '@proxbox/contracts'
import { HttpDecodeError, HttpTimeout, HttpUnreachable } from '@proxbox/http'
import { openProxmox, type Proxmox, type ProxmoxOptions } from '@proxbox/proxmox'
import { answerFaulted, type FaultPlan, type World } from '@proxbox/simulator/proxmox'

type Transport = NonNullable<ProxmoxOptions['transport']>
type Answer = Awaited<ReturnType<Transport['request']>>

export const connectionTo = (world: World, more: Partial<ProxmoxConnection> = {}) => {
  const [token] = world.tokens
  return {
    id: 1,
    name: 'edge',
    host: 'pve.example.org',
    port: 8006,
    username: token?.id.split('!')[0] ?? 'root@pam',
    token_name: token?.id.split('!')[1] ?? '',
    token_value: token?.secret ?? '',
    verify_ssl: false,
    ca_certificate: '',
    fingerprint_sha256: '',
    site: null,
    tenant: null,
    netbox_cluster: null,
    notes: true,
    link_base: null,
    timeout: 5,
    fetch_max_concurrency: null,
    ...more
  } satisfies ProxmoxConnection
}

/** The real client over a world without sockets: what a fault breaks fails as undici and our client have it. */
export function openInProcess(world: World, faults: FaultPlan): Proxmox {
  const transport: Transport = {
    request: async (call) => answerOf(world, faults, call),
    close: async () => {}
  }
  return openProxmox(connectionTo(world), { transport })
}

/** The client's own limit where a call has none (packages/proxmox). */
const LIMIT_MS = 35_000

function answerOf(
  world: World,
  faults: FaultPlan,
  call: Parameters<Transport['request']>[0]
): Answer {
  const { method, path, headers = {}, form = {}, timeoutMs = LIMIT_MS } = call
  const query = Object.fromEntries(
    Object.entries(call.query ?? {}).map(([name, value]) => [name, String(value)])
  )
  const auth = { authorization: headers.authorization ?? '' }
  const { given } = answerFaulted(world, { method, path, query, form, auth }, { faults })
  const label = `${method} ${path}`
  if (given.breaks !== undefined) {
    throw new HttpUnreachable(`${label}: the connection broke`, { kind: 'reset', sent: true })
  }
  if (given.delayMs > timeoutMs) {
    throw new HttpTimeout(`${label}: no answer within ${timeoutMs} ms`, { sent: true })
  }
  const text = given.text ?? (given.body === null ? '' : JSON.stringify(given.body))
  const json = (): unknown => {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new HttpDecodeError(`${label}: the answer is no JSON`, { cause })
    }
  }
  return { status: given.status, statusText: given.reason, headers: {}, text, json, ms: 0 }
}

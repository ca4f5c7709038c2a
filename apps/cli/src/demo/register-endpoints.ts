import { isIP } from 'node:net'
import type { ProxmoxServer } from '@proxbox/simulator/proxmox'
import type { Api } from '../client/api.ts'
import type { DemoSources } from './open-sources.ts'
import type { CountedNetBox } from './real-netbox.ts'

/** Registers the demo's NetBox and clusters as a person would, through the REST API. */
export async function registerEndpoints(
  api: Api,
  sources: DemoSources,
  signal: AbortSignal
): Promise<void> {
  await api.call('createNetBoxEndpoint', { body: netboxBody(sources.netbox) }, signal)
  for (const [index, server] of sources.proxmoxes.entries()) {
    const name = index === 0 ? 'demo' : `demo-${index + 1}`
    await api.call('createProxmoxEndpoint', { body: proxmoxBody(name, server) }, signal)
  }
}

/** The demo's NetBox may be written to without asking, and may get a site and VLANs. */
function netboxBody({ url, token }: CountedNetBox): Record<string, unknown> {
  const { hostname, port, protocol } = new URL(url)
  const useHttps = protocol === 'https:'
  return {
    name: 'demo',
    ...addressOf(hostname),
    port: port === '' ? (useHttps ? 443 : 80) : Number(port),
    use_https: useHttps,
    token_version: token.startsWith('nbt_') ? 'v2' : 'v1',
    token,
    write_mode: 'budget',
    create_default_site: true,
    vlan_create: true
  }
}

function proxmoxBody(name: string, server: ProxmoxServer): Record<string, unknown> {
  return {
    name,
    ...addressOf(server.host),
    port: server.port,
    username: server.username,
    token_name: server.tokenName,
    token_value: server.tokenValue,
    verify_ssl: true,
    ca_certificate: server.caCertificate
  }
}

function addressOf(hostname: string): Record<string, string> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? { domain: bare } : { ip_address: bare }
}

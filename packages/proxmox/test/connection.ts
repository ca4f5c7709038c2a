import type { ProxmoxConnection } from '@proxbox/contracts'
import type { ProxmoxServer } from '@proxbox/simulator/proxmox'

/** A Proxmox Endpoint as the registry tells it, without any credential. */
export const bare: ProxmoxConnection = {
  ...{ id: 7, name: 'lab', host: '127.0.0.1', port: 8006, username: 'root@pam', verify_ssl: true },
  ...{ ca_certificate: '', fingerprint_sha256: '', site: null, tenant: null },
  ...{ netbox_cluster: null, notes: true, link_base: null, timeout: 5, fetch_max_concurrency: null }
}

/** The Endpoint of a simulated Proxmox: by its token, verified by its CA. */
export const connectionTo = (
  server: ProxmoxServer,
  more: Partial<ProxmoxConnection> = {}
): ProxmoxConnection => ({
  ...bare,
  ...{ host: server.host, port: server.port, username: server.username },
  ...{ token_name: server.tokenName, token_value: server.tokenValue },
  ca_certificate: server.caCertificate,
  ...more
})

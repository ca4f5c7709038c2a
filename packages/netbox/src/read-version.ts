import { ProxboxError, versionHas } from '@proxbox/contracts'
import type { NetBox } from './open-netbox.ts'
import { readAnswer } from './read-answer.ts'

const floor = '4.5'

/**
 * The version, `4.7.3`; asked once per open NetBox.
 *
 * @throws ProxboxError NETBOX_TOO_OLD, NETBOX_MAINTENANCE, NETBOX_CREDENTIAL, NETBOX_TLS, NETBOX_UNREACHABLE
 */
export async function readVersion({ inside }: NetBox, signal: AbortSignal): Promise<string> {
  if (inside.version !== undefined) return inside.version
  const { endpoint } = inside.place
  const status = await readAnswer(inside, 'status/', {}, signal)
  // `4.7.3-Docker-5.0.2` in images: only the numbers count.
  const version = /^\d+\.\d+(\.\d+)?/.exec(String(status['netbox-version'] ?? ''))?.[0]
  if (version === undefined)
    throw new ProxboxError('NETBOX_ANSWER', {
      endpoint,
      path: 'status/',
      status: 200,
      detail: 'no netbox-version: this is not the API of a NetBox'
    })
  if (!versionHas(version, floor)) throw new ProxboxError('NETBOX_TOO_OLD', { endpoint, version })
  inside.version = version
  return version
}

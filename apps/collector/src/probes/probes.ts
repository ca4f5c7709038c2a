import type { Bus } from '@proxbox/bus'
import {
  type KeepaliveReply,
  type NetBoxConnection,
  ProxboxError,
  type ProxmoxConnection,
  type TestReply
} from '@proxbox/contracts'
import { openNetBox, testNetBox } from '@proxbox/netbox'
import { openProxmox, testProxmox } from '@proxbox/proxmox'
import { type Handler, handler } from '@proxbox/service-kit'
import type { Static } from 'typebox'

type Test = Static<typeof TestReply>
type Keepalive = Static<typeof KeepaliveReply>
type ById = { id: number }

const probeOptions = { lanes: 1, batchSize: 1, changelogMessage: '' }

/** Pure: a test told in the few words of a keep-alive. */
function keepaliveFrom(test: Test): Keepalive {
  const { status, target_address, target_port, authentication, api_access, detail, http_status } =
    test
  return { status, target_address, target_port, authentication, api_access, detail, http_status }
}

/** Tests and keep-alives of Endpoints: reads only, ends within the route's deadline. */
export function probeHandlers(bus: Pick<Bus, 'ask'>): Record<string, Handler> {
  const report = async (kind: 'proxmox' | 'netbox', id: number, test: Test) => {
    await bus.ask('reportReachability', {
      body: { kind, id, reachable: test.api_access === 'ok', detail: test.detail.slice(0, 600) }
    })
    return test
  }
  const proxmox = async (id: number, signal: AbortSignal): Promise<Test> => {
    const { results } = await bus.ask<{ results: ProxmoxConnection[] }>('readProxmoxConnections', {
      body: { ids: [id] }
    })
    const [connection] = results
    if (connection === undefined)
      throw new ProxboxError('NOT_FOUND', { what: 'enabled ProxmoxEndpoint', id: `id ${id}` })
    const client = openProxmox(connection)
    try {
      return await report('proxmox', id, await testProxmox(client, signal))
    } finally {
      await client.close()
    }
  }
  const netbox = async (id: number, signal: AbortSignal): Promise<Test> => {
    const connection = await bus.ask<NetBoxConnection>('readNetBoxConnection', { body: { id } })
    const client = openNetBox(connection, probeOptions)
    try {
      return await report('netbox', id, await testNetBox(client, signal))
    } finally {
      await client.close()
    }
  }
  return {
    testProxmoxEndpoint: handler<ById>(({ params, signal }) => proxmox(params.id, signal)),
    testNetBoxEndpoint: handler<ById>(({ params, signal }) => netbox(params.id, signal)),
    keepaliveProxmox: handler<ById>(async ({ params, signal }) =>
      keepaliveFrom(await proxmox(params.id, signal))
    ),
    keepaliveNetBox: handler<ById>(async ({ params, signal }) =>
      keepaliveFrom(await netbox(params.id, signal))
    )
  }
}

import { apiPrefix, type EndpointKind, ProxboxError } from '@proxbox/contracts'
import {
  type HandledRequest,
  type Handler,
  handler,
  listReply,
  type PageQuery
} from '@proxbox/service-kit'
import { takeOverNetBox, updateNetBox } from '../identities/netboxes.ts'
import { newId } from '../identities/new-id.ts'
import type { TakeOverDecision } from '../identities/recognise-netbox.ts'
import type { Vault } from '../secrets/vault.ts'
import { type BuiltInBackend, backendConnection, fastapiColumns, fastapiWire } from './fastapi.ts'
import { netboxColumns, netboxConnection, netboxWire } from './netbox.ts'
import { proxmoxColumns, proxmoxConnection, proxmoxWire } from './proxmox.ts'
import type { Links } from './record-of.ts'
import { type EndpointStore, whatIs } from './store.ts'

export interface Stores {
  readonly proxmox: EndpointStore<'proxmox'>
  readonly netbox: EndpointStore<'netbox'>
  readonly fastapi: EndpointStore<'fastapi'>
}

type Body = Readonly<Record<string, unknown>>
type ById = { id: number }

interface Resource<Row, Columns> {
  readonly kind: EndpointKind
  readonly store: {
    list(query: PageQuery): Promise<{ count: number; results: Row[] }>
    read(id: number): Promise<Row>
    create(columns: Columns): Promise<Row>
    update(id: number, columns: Columns): Promise<Row>
    remove(id: number): Promise<void>
  }
  readonly columnsOf: (body: Body, stored: Row | undefined) => Columns
  readonly wireOf: (row: Row, links: Links) => unknown
  readonly onCreate?: () => Partial<Columns>
  readonly checkRemoval?: (row: Row) => void
}

const linksOf = ({ baseUrl }: { baseUrl: string }, kind: EndpointKind, id: number) => ({
  url: `${baseUrl}${apiPrefix}/${kind}-endpoints/${id}/`,
  display_url: `${baseUrl}/plugins/proxbox/${kind}/${id}/`
})

/** The six operations of one kind of Endpoint. */
function crudHandlers<Row extends { id: number }, Columns>(
  resource: Resource<Row, Columns>
): Record<string, Handler> {
  const { store, kind } = resource
  const singular = whatIs[kind]
  const list = `${apiPrefix}/${kind}-endpoints/`
  const wire = (request: HandledRequest<unknown, unknown, unknown>, row: Row) =>
    resource.wireOf(row, linksOf(request, kind, row.id))
  const change = handler<ById, unknown, Body>(async (request) => {
    const stored = await store.read(request.params.id)
    return wire(
      request,
      await store.update(request.params.id, resource.columnsOf(request.body, stored))
    )
  })
  return {
    [`list${singular}s`]: handler<unknown, PageQuery>(async (request) => {
      const found = await store.list(request.query)
      return listReply(request, list, {
        count: found.count,
        results: found.results.map((row) => wire(request, row))
      })
    }),
    [`create${singular}`]: handler<unknown, unknown, Body>(async (request) =>
      wire(
        request,
        await store.create({
          ...resource.columnsOf(request.body, undefined),
          ...resource.onCreate?.()
        })
      )
    ),
    [`read${singular}`]: handler<ById>(async (request) =>
      wire(request, await store.read(request.params.id))
    ),
    [`update${singular}`]: change,
    [`replace${singular}`]: change,
    [`delete${singular}`]: handler<ById>(async (request) => {
      resource.checkRemoval?.(await store.read(request.params.id))
      await store.remove(request.params.id)
    })
  }
}

/** Every operation on Endpoints, public and internal. */
export function endpointHandlers(
  stores: Stores,
  vault: Vault,
  { installation, builtIn }: { installation: string; builtIn: BuiltInBackend }
): Record<string, Handler> {
  return {
    ...crudHandlers({
      kind: 'proxmox',
      store: stores.proxmox,
      columnsOf: (body, stored) => proxmoxColumns(body, stored, vault),
      wireOf: proxmoxWire
    }),
    ...crudHandlers({
      kind: 'netbox',
      store: {
        ...stores.netbox,
        update: (id, columns) => updateNetBox(stores.netbox, id, columns)
      },
      columnsOf: (body, stored) => netboxColumns(body, stored, vault),
      wireOf: netboxWire,
      onCreate: () => ({ identity: newId('b') })
    }),
    ...crudHandlers({
      kind: 'fastapi',
      store: stores.fastapi,
      columnsOf: (body, stored) => fastapiColumns(body, stored, vault),
      wireOf: fastapiWire,
      checkRemoval: (row) => {
        if (row.builtIn)
          throw new ProxboxError('CONFLICT', {
            detail: 'The built-in backend cannot be removed; disable it instead.'
          })
      }
    }),
    takeOverNetBox: handler<ById, unknown, { decision: TakeOverDecision }>(async (request) => {
      const wanted = { id: request.params.id, decision: request.body.decision }
      const row = await takeOverNetBox(stores.netbox, installation, wanted)
      return netboxWire(row, linksOf(request, 'netbox', row.id))
    }),
    readProxmoxConnections: handler<unknown, unknown, { ids: number[] }>(async ({ body }) => ({
      results: (await stores.proxmox.readAll(body.ids))
        .filter((row) => row.enabled)
        .map((row) => proxmoxConnection(row, vault))
    })),
    readNetBoxConnection: handler<unknown, unknown, ById>(async ({ body }) =>
      netboxConnection(await stores.netbox.read(body.id), vault)
    ),
    readBackendConnection: handler<unknown, unknown, { id: number | null }>(async ({ body }) => {
      const row =
        body.id === null
          ? (await stores.fastapi.readAll([])).find((one) => one.builtIn)
          : await stores.fastapi.read(body.id)
      if (row === undefined)
        throw new ProxboxError('CONFLICT', {
          detail:
            'The built-in backend is disabled: enable it, or name another with fastapi_endpoint_id.'
        })
      return backendConnection(row, builtIn, vault)
    }),
    reportReachability: handler<
      unknown,
      unknown,
      { kind: EndpointKind; id: number; reachable: boolean; detail: string }
    >(async ({ body }) => {
      const changed = await stores[body.kind].report(body.id, body)
      return { changed }
    })
  }
}

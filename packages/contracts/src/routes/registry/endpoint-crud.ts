import Type, { type TProperties, type TSchema } from 'typebox'
import { apiPrefix, IdParams, ListQuery, listOf, Nothing, type Route } from '../route.ts'
import { registry } from './callers.ts'

interface Resource {
  readonly plural: string
  readonly singular: string
  readonly collection: string
  readonly model: string
  readonly record: TSchema
  readonly write: TProperties
  readonly secrets: readonly string[]
}

/** list, create, read, update, replace, remove of one kind of Endpoint; lists are also called by the orchestrator. */
export function endpointCrud(resource: Resource): Route[] {
  const { plural, singular, collection, model, record, write } = resource
  const list = `${apiPrefix}/${collection}/`
  const detail = `${list}:id/`
  const body = Type.Object(write, { additionalProperties: false })
  const partial = Type.Partial(body, { additionalProperties: false })
  const base = { ...registry, tag: collection } as const
  const secrets = { body: resource.secrets }
  return [
    {
      ...base,
      callers: ['gateway', 'orchestrator', 'collector'],
      operationId: `list${plural}`,
      method: 'GET',
      path: list,
      permission: `netbox_proxbox.view_${model}`,
      summary: `List ${collection}`,
      status: 200,
      query: ListQuery,
      reply: listOf(record)
    },
    {
      ...base,
      operationId: `create${singular}`,
      method: 'POST',
      path: list,
      permission: `netbox_proxbox.add_${model}`,
      summary: `Create a ${singular}`,
      status: 201,
      body,
      reply: record,
      secrets
    },
    {
      ...base,
      callers: ['gateway', 'orchestrator', 'collector'],
      operationId: `read${singular}`,
      method: 'GET',
      path: detail,
      permission: `netbox_proxbox.view_${model}`,
      summary: `Read a ${singular}`,
      status: 200,
      params: IdParams,
      reply: record
    },
    {
      ...base,
      operationId: `update${singular}`,
      method: 'PATCH',
      path: detail,
      permission: `netbox_proxbox.change_${model}`,
      summary: `Change a ${singular}`,
      status: 200,
      params: IdParams,
      body: partial,
      reply: record,
      secrets
    },
    {
      ...base,
      operationId: `replace${singular}`,
      method: 'PUT',
      path: detail,
      permission: `netbox_proxbox.change_${model}`,
      summary: `Replace a ${singular}`,
      status: 200,
      params: IdParams,
      body,
      reply: record,
      secrets
    },
    {
      ...base,
      operationId: `delete${singular}`,
      method: 'DELETE',
      path: detail,
      permission: `netbox_proxbox.delete_${model}`,
      summary: `Remove a ${singular}; nothing is deleted in NetBox`,
      status: 204,
      params: IdParams,
      reply: Nothing
    }
  ]
}

import Type from 'typebox'
import { Kept, Quarantined, Why } from '../../changes.ts'
import { FieldsSchema, FieldValueSchema } from '../../items.ts'
import { nullable } from '../../nullable.ts'
import { apiPrefix, IdParams, listOf, listQuery, type Route, texts } from '../route.ts'
import { internal, shown, writer } from './callers.ts'

export const InventoryItem = Type.Object({
  id: Type.Integer(),
  url: Type.String(),
  display: Type.String(),
  key: Type.String(),
  kind: Type.String(),
  label: Type.String(),
  /** Its name in Proxmox, where that is known: `label` is its name in NetBox. */
  proxmox_name: nullable(Type.String()),
  netbox: Type.String(),
  netbox_id: nullable(Type.Integer()),
  origin: Type.String(),
  fields: FieldsSchema,
  evidence: Type.Record(Type.String(), Type.String()),
  /** Since when it is missing from a whole list of Proxmox; null = it is there. */
  missing_since: nullable(Type.String()),
  /** Set when NetBox refused it and it is not sent again yet; such an Item may have no NetBox id. */
  quarantine: nullable(Quarantined),
  run_id: Type.String(),
  last_updated: Type.String()
})

const runOf = {
  run_id: Type.String(),
  /** Its number, from the gateway; null for a Run that is not kept or not the caller's to see. */
  run: Type.Optional(nullable(Type.Integer()))
}

/** Why one field of an Item is as it is. */
export const Explanation = Type.Object({
  field: Type.String(),
  /** What we wrote last; absent when the field was never ours. */
  value: Type.Optional(FieldValueSchema),
  /** The latest Change of this field: what, when, by which Run and why. */
  written: nullable(Type.Object({ ...Why.properties, ...runOf, at: Type.String() })),
  /** Set when NetBox was left as it is. */
  kept: nullable(Kept),
  /** Set when the latest Run held it back, with the Guard and its words. */
  held: nullable(Type.Object({ guard: Type.String(), reason: Type.String(), ...runOf })),
  /** Set when a Plan would change it, and nothing has written that; `wanted` is absent where the object would go. */
  planned: nullable(Type.Object({ wanted: Type.Optional(FieldValueSchema), ...runOf })),
  source: nullable(Type.String()),
  /** One sentence. */
  text: Type.String()
})

export const ItemExplanation = Type.Object({
  key: Type.String(),
  kind: Type.String(),
  label: Type.String(),
  netbox: Type.String(),
  /** The Run that told something of it last. */
  run_id: Type.String(),
  /** What people call that NetBox, from the gateway; null when no Run tells. */
  netbox_endpoint: Type.Optional(nullable(Type.String())),
  netbox_id: nullable(Type.Integer()),
  origin: Type.String(),
  /** How it was recognised at first contact. */
  evidence: Type.Record(Type.String(), Type.String()),
  missing_since: nullable(Type.String()),
  quarantine: nullable(Quarantined),
  /** Set while it is an address that must be seen for longer before it is written: since when, and until when. */
  waits: Type.Optional(nullable(Type.Object({ since: Type.String(), until: Type.String() }))),
  conflicts: Type.Array(Type.Integer()),
  fields: Type.Array(Explanation)
})

export const itemRoutes: readonly Route[] = [
  {
    ...internal,
    operationId: 'recordItems',
    method: 'POST',
    path: '/internal/items/',
    summary: 'Items whose target is the inventory itself (storages); counts say what differed',
    body: Type.Object({
      ...writer,
      items: Type.Array(
        Type.Object({
          key: Type.String(),
          kind: Type.String(),
          label: Type.String(),
          fields: FieldsSchema
        }),
        { maxItems: 500 }
      )
    }),
    reply: Type.Object({
      created: Type.Integer(),
      updated: Type.Integer(),
      unchanged: Type.Integer()
    })
  },
  {
    ...shown,
    operationId: 'listItems',
    path: `${apiPrefix}/items/`,
    permission: 'netbox_proxbox.view_item',
    summary: 'List Items',
    query: listQuery({
      key: texts,
      kind: texts,
      /** Ids of Proxmox clusters: each with its nodes, guests, storages and all their parts. */
      cluster: texts,
      netbox: Type.Optional(Type.String()),
      /** Only those that NetBox has refused, or only the others. */
      quarantined: Type.Optional(Type.Boolean())
    }),
    reply: listOf(InventoryItem)
  },
  {
    ...shown,
    operationId: 'readItem',
    path: `${apiPrefix}/items/:id/`,
    permission: 'netbox_proxbox.view_item',
    summary: 'Read an Item',
    params: IdParams,
    reply: Type.Unknown()
  },
  {
    ...shown,
    operationId: 'explainItem',
    path: `${apiPrefix}/items/:id/explain/`,
    permission: 'netbox_proxbox.view_item',
    summary:
      'Why an Item, or one field of it, is as it is: value, source, policy, Run, and why not',
    params: IdParams,
    query: Type.Object(
      { field: Type.Optional(Type.String({ maxLength: 100 })) },
      { additionalProperties: false }
    ),
    reply: ItemExplanation
  }
]

import Type, { type Static } from 'typebox'
import { kindNames } from './kinds/kind-names.ts'

/** A reference to another Item by key: ours (`vm:c1a2b3c4d/qemu/100`) or `netbox:{kind}/{id}` for what no Item describes. */
export const Ref = Type.Object({ ref: Type.String() })
export type Ref = Static<typeof Ref>

/** One field's value. Sets (tags, tagged VLANs) are arrays of Refs without order. Custom fields are fields named `cf.<name>`. */
export type FieldValue = null | boolean | number | string | Ref | readonly FieldValue[]
export type Fields = Readonly<Record<string, FieldValue>>
export const FieldValueSchema = Type.Unsafe<FieldValue>(Type.Unknown())
export const FieldsSchema = Type.Unsafe<Fields>(Type.Record(Type.String(), Type.Unknown()))

export const KindSchema = Type.Enum([...kindNames])

/** One object under its natural key. Absent fields are unknown and never written. */
export const Item = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  fields: FieldsSchema,
  /** Where each field comes from in Proxmox (`config.memory`), for explain. */
  sources: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** Facts that identify the object beyond its key (smbios uuid, MACs); kept in the Ledger. */
  evidence: Type.Optional(Type.Record(Type.String(), Type.String()))
})
export type Item = Static<typeof Item>

export const isRef = (value: FieldValue | undefined): value is Ref =>
  typeof value === 'object' && value !== null && 'ref' in value

/** Pure: the key of a cluster's Item. */
export const clusterKey = (clusterId: string): string => `cluster:${clusterId}`

/** Pure: the key of an object of NetBox that no Item of ours describes. */
export const netboxKey = (kind: string, id: number): string => `netbox:${kind}/${id}`

/** Pure: the NetBox id in such a key, or undefined for a key of ours. */
export function netboxIdFrom(key: string): number | undefined {
  const match = /^netbox:[a-z-]+\/(\d+)$/.exec(key)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** An object as NetBox holds it: key `netbox:{kind}/{id}`, references likewise; `created_by_us` is decided by match, not here. */
export const CurrentItem = Type.Object({
  key: Type.String(),
  kind: KindSchema,
  netbox_id: Type.Integer(),
  fields: FieldsSchema,
  label: Type.String()
})
export type CurrentItem = Static<typeof CurrentItem>

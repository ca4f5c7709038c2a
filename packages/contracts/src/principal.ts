import Type, { type Static } from 'typebox'

/** Who asks. The gateway resolves a token to this and passes it on; the owning service filters by it. */
export const Principal = Type.Object({
  user: Type.String(),
  superuser: Type.Boolean(),
  /** `netbox_proxbox.view_proxmoxendpoint`, … ; ignored for a superuser. */
  permissions: Type.Array(Type.String()),
  /** False: no unsafe method. */
  write: Type.Boolean(),
  /** Endpoint ids that the grants are constrained to, per kind; absent = all. */
  endpoints: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Integer())))
})
export type Principal = Static<typeof Principal>

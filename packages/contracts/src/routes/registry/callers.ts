/** What people call. */
export const registry = { service: 'registry', visibility: 'public', callers: ['gateway'] } as const
/** What other services call. */
export const internal = {
  service: 'registry',
  visibility: 'internal',
  permission: null,
  tag: 'internal'
} as const

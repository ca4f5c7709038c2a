/** When this NetBox and its only user came to be. */
export const STARTED = '2026-01-01T00:00:00.000000Z'

/** The user behind every token. */
export function userOf(origin: string, isFull: boolean): Record<string, unknown> {
  const nested = { id: 1, url: `${origin}/api/users/users/1/`, display: 'admin', username: 'admin' }
  if (!isFull) return nested
  return {
    ...nested,
    display_url: `${origin}/users/users/1/`,
    first_name: '',
    last_name: '',
    email: 'admin@example.invalid',
    is_active: true,
    date_joined: STARTED,
    last_login: null,
    groups: [],
    permissions: []
  }
}

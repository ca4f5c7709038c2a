/**
 * Pure: what links into a cluster begin with; undefined where nothing is known. A `link_base` without scheme gets one, as
 * NetBox would give it: it takes the host of `pve.example.org:8006` for a scheme and refuses the object.
 */
export function linkStart(base: string | null | undefined): string | undefined {
  const text = base?.trim().replace(/\/+$/, '') ?? ''
  if (text === '') return undefined
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text.replace(/^\/\//, '')}`
}

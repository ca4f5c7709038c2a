import { type CurrentItem, isRef } from '@proxbox/contracts'
import type { DesiredOptions } from '../options.ts'
import type { Reference } from './reference.ts'

/**
 * Pure: the NetBox cluster by the Ledger, else the one that will be found by its name: in that site, in none, where its
 * Endpoint names it in any, in a location of the site. What lies in it is looked for in the first Run already.
 */
export function netboxClusterOf(
  key: string,
  { name, site, isNamed }: { name: string; site: string; isNamed: boolean },
  { options, reference }: { options: DesiredOptions; reference: Reference }
): string | undefined {
  const known = options.currentKeys?.get(key)
  if (known !== undefined) return known
  const others = new Set(options.currentKeys?.values())
  const all = reference.clusters(name).filter((one) => !others.has(one.key))
  const scopeOf = ({ fields: { scope } }: CurrentItem): string => (isRef(scope) ? scope.ref : '')
  const ways: readonly ((scope: string) => boolean)[] = [
    (scope) => scope === site,
    (scope) => scope === '',
    () => isNamed,
    (scope) => reference.siteOf(scope) === site
  ]
  const found = ways
    .map((isIn) => all.filter((one) => isIn(scopeOf(one))))
    .find(({ length }) => length > 0)
  return found?.length === 1 ? found[0]?.key : undefined
}

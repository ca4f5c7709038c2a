import { type KindName, kindNames, kinds } from '@proxbox/contracts'
import type { Eyes, OpenSide } from '@proxbox/test-laws'
import { valueAt } from './scenarios/scenario.ts'

const all = ['view', 'add', 'change', 'delete']
const more = ['extras.journalentry', 'core.objectchange', 'core.objecttype']

/** A token of NetBox's own kind that does not see these objects, by object permissions. */
export const realEyes =
  (side: OpenSide): Eyes =>
  async (netbox, hidden) => {
    const number = Math.floor(performance.now())
    const user = valueAt(
      await netbox.call('POST', 'users/users/', {
        username: `narrow-${number}`,
        password: `Narrow-${number}-Token`
      }),
      'id'
    )
    const grant = (name: string, models: readonly string[], constraints: unknown) =>
      netbox.call('POST', 'users/permissions/', {
        name: `${name} ${number}`,
        object_types: models,
        actions: all,
        users: [user],
        constraints
      })
    const seen = kindNames.filter((kind) => !hidden.has(kind))
    await grant('seen', [...seen.map((kind) => kinds[kind].model), ...more], null)
    for (const [kind, ids] of hidden)
      await grant(kind, [kinds[kind].model], { id__in: await visible(netbox, kind, ids) })
    const made = await netbox.call('POST', 'users/tokens/', {
      user,
      version: 2,
      write_enabled: true
    })
    const narrow = await side.as(`nbt_${valueAt(made, 'key')}.${valueAt(made, 'token')}`)
    return { netbox: narrow, close: () => narrow.close() }
  }

/** Ids that stay in sight; NetBox takes no empty list, and no object has the id 0. */
async function visible(
  netbox: Pick<OpenSide, 'read'>,
  kind: KindName,
  hidden: ReadonlySet<number>
): Promise<number[]> {
  const ids = (await netbox.read([kind])).map(({ netbox_id }) => netbox_id)
  return [0, ...ids.filter((id) => !hidden.has(id))]
}

import type { Bus } from '@proxbox/bus'
import type { Principal, Run } from '@proxbox/contracts'

type RunName = Pick<Run, 'id' | 'netbox_endpoint'>
/** Runs by UUID; null: not kept any more, or not the caller's to see. */
export type RunNames = ReadonlyMap<string, RunName | null>

interface Asking {
  readonly bus: Pick<Bus, 'call'>
  readonly principal: Principal
}

// The Runs of one Item's fields, or of one page's reasons; beyond it UUIDs stay as they are.
const mostRuns = 50
const spelled = /\bRun ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g

/** Pure: the UUIDs of Runs of which a text speaks. */
export const runsIn = (text: string): string[] =>
  [...text.matchAll(spelled)].flatMap(([, id]) => id ?? [])

/** What people call these Runs. Other services know a Run by its UUID alone, people by its number. */
export async function readRunNames(
  ids: readonly string[],
  { bus, principal }: Asking
): Promise<RunNames> {
  const some = [...new Set(ids)].slice(0, mostRuns)
  const found = await Promise.all(
    some.map(async (id): Promise<[string, RunName | null][]> => {
      const answer = await bus.call<Run>('readRun', { params: { id }, principal })
      if (answer.status === 200) return [[id, answer.body]]
      return answer.status === 404 ? [[id, null]] : []
    })
  )
  return new Map(found.flat())
}

/** Pure: `Run 12` for `Run 0199…`; one of which nothing is to be found any more says so. */
export const withRunNames = (text: string, names: RunNames): string =>
  text.replace(spelled, (whole, id: string) => {
    const name = names.get(id)
    if (name === undefined) return whole
    return name === null ? `${whole} (not kept any more, or not yours to see)` : `Run ${name.id}`
  })

import { clusterKey, type StoredGap } from '@proxbox/contracts'
import type { Static } from 'typebox'
import { type Api, ApiError } from '../client/api.ts'
import { readNames } from '../client/read-names.ts'
import { readPages } from '../client/read-pages.ts'
import { plainText } from '../print/value-text.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { idFrom } from './ids-from.ts'

type GapRow = Static<typeof StoredGap>

/** A gap with what people call its cluster: its name, of an Endpoint into no known cluster that Endpoint's. */
interface NamedGap extends GapRow {
  readonly cluster_name: string
}

const gapsShown = 2000

/** `proxbox gaps`: what could not be read; with `all` also what can be read again. */
export async function listGaps(
  { api, output, signal }: CommandContext,
  { all = false }: { readonly all?: boolean }
): Promise<ExitCode> {
  const client = await api()
  const { rows: found, count } = await readPages<GapRow>(
    client,
    'listGaps',
    { query: all ? {} : { open: true }, most: gapsShown },
    signal
  )
  const rows = await withNames(client, found, signal)
  if (output.json) output.data({ count, results: rows })
  else if (rows.length === 0)
    output.text('No gap is open: the last Runs could read all that they looked at.')
  else {
    const isKnown = rows.some((gap) => ackOf(gap) !== '')
    const known = (text: string) => (isKnown ? [text] : [])
    output.table(
      ['id', 'where', 'what', 'reason', ...known('acknowledged until'), 'detail'],
      rows.map((gap) => [
        ...[gap.id, placeOf(gap), gap.facet, gap.reason],
        ...[...known(ackOf(gap)), detailOf(gap)]
      ])
    )
    if (count > rows.length) output.text(`… and ${count - rows.length} more`)
    output.text('A known one no longer degrades a Run: proxbox gaps acknowledge ID --until DATE')
  }
  return 0
}

/** Ids of clusters are made up: nobody can tell what they are. */
async function withNames(
  api: Api,
  gaps: readonly GapRow[],
  signal: AbortSignal
): Promise<readonly NamedGap[]> {
  const values = gaps.map(({ cluster }) => ({ ref: clusterKey(cluster) }))
  const names = await readNames(api, { values }, signal)
  return gaps.map((gap) => ({
    ...gap,
    cluster_name: names.get(clusterKey(gap.cluster)) ?? gap.cluster
  }))
}

/** Pure: `lab node pve1` */
const placeOf = ({ cluster_name: cluster, scope, node, storage, vmid }: NamedGap): string =>
  plainText([cluster, scope, node, storage, vmid].filter((one) => one !== undefined).join(' '))

const ackOf = ({ open, acknowledged_until: until }: GapRow): string =>
  open ? (until ?? '') : 'closed'

/** Pure: Proxmox's own words may end without a stop; a remedy that is no sentence is a command. */
const detailOf = ({ detail, remedy = '' }: GapRow): string => {
  const isSentence = (text: string) => /[.!?]$/.test(text)
  const todo = remedy === '' || isSentence(remedy) ? remedy : `Run "${remedy}" on a node.`
  const said = todo === '' || isSentence(detail) ? detail : `${detail}.`
  return plainText(`${said} ${todo}`.trim())
}

/** `proxbox gaps acknowledge ID --until DATE`: it stays listed and no longer degrades a Run; `none` takes that back. */
export async function acknowledgeGap(
  context: CommandContext,
  text: string,
  until: string
): Promise<ExitCode> {
  const id = idFrom(text, 'a gap', '"proxbox gaps" lists them')
  const body = { until: untilFrom(until, new Date()) }
  const api = await context.api()
  const gap = await api.call<GapRow>('acknowledgeGap', { params: { id }, body }, context.signal)
  if (context.output.json) context.output.data(gap)
  else if (!gap.open) context.output.text(closedText(gap))
  else if (gap.acknowledged_until === null)
    context.output.text(`Gap ${id} is not acknowledged any more: it degrades Runs.`)
  else
    context.output.text(
      `Gap ${id} is acknowledged until ${gap.acknowledged_until}: it stays listed and degrades no Run.`
    )
  return 0
}

/** Pure: what is said of a gap that is none any more: it comes back under the same id. */
const closedText = ({ id, acknowledged_until: until }: GapRow): string =>
  `Gap ${id} can be read again; ${until === null ? 'nothing of it is acknowledged' : `should it come back, it is acknowledged until ${until}`}.`

const day = /^\d{4}-\d\d-\d\d$/
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** Pure: a day means its end in UTC; `none` means null. @throws ApiError */
export function untilFrom(text: string, now: Date): string | null {
  if (text === 'none') return null
  const at = new Date(day.test(text) ? `${text}T23:59:59Z` : text)
  const remedy = 'write a day such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or none'
  if (!(day.test(text) || moment.test(text)) || Number.isNaN(at.getTime()))
    throw new ApiError(400, `--until: "${text}" is no date: ${remedy}.`)
  if (at <= now) throw new ApiError(400, `--until: ${text} has passed: ${remedy}.`)
  return at.toISOString()
}

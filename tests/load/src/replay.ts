import http from 'node:http'
import { type KindName, kinds } from '@proxbox/contracts'
import { isRead, type Recorded } from './recording-proxy.ts'

type Lane = Recorded[]
/** Writes that one barrier separates from the next: all lanes of a wave end before the next wave begins. */
type Wave = Lane[]

/**
 * Pure: recorded writes as waves and lanes. A wave ends where nothing is under way and the next write goes to another
 * table or does another thing; within a wave a write follows, in a lane, the one that ended before it began.
 */
export function wavesFrom(requests: readonly Recorded[]): Wave[] {
  const writes = requests.filter((one) => !isRead(one)).sort((a, b) => a.beganMs - b.beganMs)
  const waves: Wave[] = []
  let wave: Wave = []
  let last: Recorded | undefined
  for (const write of writes) {
    const isUnderWay = wave.some((lane) => (lane.at(-1)?.endedMs ?? 0) > write.beganMs)
    if (last === undefined || (!isUnderWay && !isAlike(last, write))) {
      wave = []
      waves.push(wave)
    }
    const lane = wave.find((one) => (one.at(-1)?.endedMs ?? 0) <= write.beganMs)
    if (lane === undefined) wave.push([write])
    else lane.push(write)
    last = write
  }
  return waves
}

const isAlike = (a: Recorded, b: Recorded): boolean =>
  a.method === b.method && pathOf(a.target) === pathOf(b.target)

const pathOf = (target: string): string => target.split('?')[0] ?? ''

export interface ReplayTarget {
  readonly url: string
  readonly authorization: string
}

/**
 * Sends recorded writes again, wave by wave and lane by lane. Ids that NetBox gave while recording are translated into
 * those that it gives now, by their position in the answers.
 *
 * @returns seconds
 * @throws when NetBox answers another status than it did then
 */
export async function replay(waves: readonly Wave[], target: ReplayTarget): Promise<number> {
  const ids = new Map<string, number>()
  const begun = performance.now()
  for (const wave of waves) await Promise.all(wave.map((lane) => replayLane(lane, { target, ids })))
  return (performance.now() - begun) / 1000
}

interface Replaying {
  readonly target: ReplayTarget
  /** `kind/recorded id` → the id now. */
  readonly ids: Map<string, number>
}

async function replayLane(lane: Lane, replaying: Replaying): Promise<void> {
  for (const write of lane) {
    const kind = kindOf(write)
    const body = JSON.stringify(translated(JSON.parse(write.body), kind, replaying.ids))
    const { status, text } = await send(write, body, replaying.target)
    if (status !== write.status)
      throw new Error(
        `${write.method} ${write.target}: ${status} instead of ${write.status}: ${text.slice(0, 500)}`
      )
    if (status < 300 && text !== '') learn(kind, write.answer, text, replaying.ids)
  }
}

function kindOf({ target }: Recorded): KindName {
  const path = pathOf(target).replace(/^\/api\//, '')
  const found = Object.entries(kinds).find(([, spec]) => spec.path === path)
  if (found === undefined) throw new Error(`no kind has the path ${path}`)
  return found[0] as KindName // a key of the table
}

type Json = Readonly<Record<string, unknown>>

function translated(body: unknown, kind: KindName, ids: ReadonlyMap<string, number>): unknown {
  if (Array.isArray(body)) return body.map((one) => translated(one, kind, ids))
  return Object.fromEntries(
    Object.entries(body as Json).map(([name, value]) => [
      // bulk writes hold objects
      name,
      translatedField({ name, value, body: body as Json }, kind, ids)
    ])
  )
}

function translatedField(
  { name, value, body }: { name: string; value: unknown; body: Json },
  kind: KindName,
  ids: ReadonlyMap<string, number>
): unknown {
  const nowOf = (of: string | undefined, id: unknown) => ids.get(`${of}/${String(id)}`) ?? id
  if (name === 'id') return nowOf(kind, value)
  const spec = kinds[kind].fields[name]
  if (spec?.refs !== undefined)
    return Array.isArray(value)
      ? value.map((one) => nowOf(spec.refs?.[0], one))
      : nowOf(spec.refs[0], value)
  const generic = name.endsWith('_id') ? body[`${name.slice(0, -3)}_type`] : undefined
  if (typeof generic !== 'string') return value
  return nowOf(Object.entries(kinds).find(([, one]) => one.model === generic)?.[0], value)
}

/** Takes the ids of an answer, and of the MACs that came with interfaces. */
function learn(kind: KindName, then: string, now: string, ids: Map<string, number>): void {
  const [before, after] = [JSON.parse(then) as unknown, JSON.parse(now) as unknown]
  const olds = [before].flat() as Json[] // NetBox answers lists of objects
  const news = [after].flat() as Json[]
  for (const [index, old] of olds.entries()) {
    ids.set(`${kind}/${String(old.id)}`, Number(news[index]?.id))
    const mac = Reflect.get(Object(old.primary_mac_address), 'id')
    if (mac !== undefined)
      ids.set(
        `mac-address/${String(mac)}`,
        Number(Reflect.get(Object(news[index]?.primary_mac_address), 'id'))
      )
  }
}

const timeoutMs = 180_000

export function send(
  { method, target: path }: Pick<Recorded, 'method' | 'target'>,
  body: string | undefined,
  target: ReplayTarget
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, target.url),
      {
        method,
        agent: false,
        timeout: timeoutMs,
        headers: {
          authorization: target.authorization,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' })
        }
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
        )
      }
    )
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)))
    request.on('error', reject)
    request.end(body)
  })
}

import { fetch } from 'undici'
import type { NarrowToken } from './narrow-token.ts'
import { normalised } from './normalised.ts'
import { type Scenario, type Step, valueAt } from './scenario.ts'

/** A NetBox to run scenarios against. */
export interface Target {
  readonly url: string
  readonly token: string
  readonly readOnlyToken: string
  /** Makes a user that sees only some objects of some models: only where a step speaks as it, as others list users' rights. */
  openNarrow(): Promise<NarrowToken>
  /** True for a NetBox that cannot be emptied: what a scenario made is deleted after it. */
  readonly isShared: boolean
}

/** What came back for one step, without what differs from server to server. */
export interface Answer {
  readonly step: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Asks every step in turn. Throws when a step would need what did not come before. */
export async function runScenario(
  target: Target,
  scenario: Scenario,
  signal: AbortSignal
): Promise<Answer[]> {
  const kept = new Map<string, unknown>()
  const answers: Answer[] = []
  const created: string[] = []
  const isNarrow = scenario.steps.some(({ token }) => token === 'narrow')
  const narrow = isNarrow ? await target.openNarrow() : undefined
  const speaker = { ...target, narrowToken: narrow?.token }
  try {
    for (const [index, step] of scenario.steps.entries()) {
      const { status, headers, body } = await askStep(speaker, step, kept, signal)
      if (step.keep !== undefined) kept.set(step.keep, body)
      if (status === 201) created.push(...urlsIn(body))
      answers.push({
        step: `${index + 1} ${step.ask}`,
        status,
        headers: seenHeaders(step, headers, target.url),
        body: normalised(body, target.url)
      })
    }
  } finally {
    if (target.isShared) await removeCreated(target, created, signal)
    await narrow?.remove()
  }
  return answers
}

function urlsIn(body: unknown): string[] {
  return (Array.isArray(body) ? body : [body]).flatMap((one) => {
    const url = valueAt(one, 'url')
    return typeof url === 'string' ? [url] : []
  })
}

/** Newest first, so that nothing is protected by what depends on it. */
async function removeCreated(
  target: Target,
  urls: readonly string[],
  signal: AbortSignal
): Promise<void> {
  for (const url of urls.toReversed()) {
    const answer = await fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${target.token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)])
    })
    await answer.arrayBuffer()
    if (answer.status !== 204 && answer.status !== 404)
      throw new Error(`${url} could not be removed: ${answer.status}`)
  }
}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

type Speaker = Pick<Target, 'url' | 'token' | 'readOnlyToken'> & {
  readonly narrowToken: string | undefined
}

async function askStep(
  target: Speaker,
  step: Step,
  kept: ReadonlyMap<string, unknown>,
  signal: AbortSignal
): Promise<Reply> {
  const [method = 'GET', path = '/'] = step.ask.split(' ', 2)
  const body = step.text ?? (step.body === undefined ? undefined : jsonOf(step.body, kept))
  const answer = await fetch(`${target.url}/api${filled(path, kept)}`, {
    method,
    headers: {
      ...authorization(target, step),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(
        Object.entries(step.headers ?? {}).map(([name, value]) => [name, filled(value, kept)])
      )
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)])
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: bodyOf(text, answer.headers) }
}

function authorization(target: Speaker, { token }: Step): Record<string, string> {
  if (token === 'none') return {}
  if (token === 'unknown') return { authorization: `Bearer nbt_aaaaaaaaaaaa.${'b'.repeat(40)}` }
  return { authorization: `Bearer ${tokenOf(target, token)}` }
}

function tokenOf(target: Speaker, named: Step['token']): string | undefined {
  if (named === 'narrow') return target.narrowToken
  return named === 'read-only' ? target.readOnlyToken : target.token
}

function bodyOf(text: string, headers: Headers): unknown {
  if (text === '') return undefined
  return headers.get('content-type')?.includes('json') ? JSON.parse(text) : '<page>'
}

function jsonOf(body: unknown, kept: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('$') ? keptValue(value.slice(1), kept) : value
  )
}

function filled(text: string, kept: ReadonlyMap<string, unknown>): string {
  return text.replaceAll(/\{([\w.]+)\}/g, (_all, path: string) => String(keptValue(path, kept)))
}

function keptValue(path: string, kept: ReadonlyMap<string, unknown>): unknown {
  const [name = '', ...rest] = path.split('.')
  const value = rest.length === 0 ? kept.get(name) : valueAt(kept.get(name), rest.join('.'))
  if (value === undefined) throw new Error(`the scenario has no ${path}`)
  return value
}

function seenHeaders(step: Step, headers: Headers, origin: string): Record<string, string> {
  return Object.fromEntries(
    (step.seeHeaders ?? []).map((name) => [name, headerValue(name, headers.get(name), origin)])
  )
}

function headerValue(name: string, value: string | null, origin: string): string {
  if (value === null) return '<none>'
  if (name === 'etag') return value.replace(/"[^"]+"/, '"…"')
  if (name === 'location') return value.replace(origin, '').replaceAll(/\/\d+\//g, '/#/')
  // One that we sent comes back; others are new every time.
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/.test(value) ? '<uuid>' : value
}

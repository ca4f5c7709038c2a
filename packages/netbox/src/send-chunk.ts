import { kinds, versionHas } from '@proxbox/contracts'
import {
  HttpAborted,
  HttpError,
  type HttpResponse,
  HttpTimeout,
  HttpTlsError,
  HttpUnreachable,
  mostPauseMs,
  pauseAfter
} from '@proxbox/http'
import { encodeFields } from './encode-fields.ts'
import { answerFailure, failureFrom } from './failure.ts'
import { forbiddenFailure } from './forbidden.ts'
import type { NetBox, Query } from './open-netbox.ts'
import { retryAfterMs } from './read-answer.ts'
import { type Verdict, verdictOf } from './refusals.ts'
import { resultsFrom, targetOf } from './results.ts'
import { settleUnanswered } from './settle-unanswered.ts'
import type { Json } from './wire.ts'
import type { WriteBatch, WriteResult } from './write-types.ts'

const backoff = { attempts: 8, baseMs: 500, capMs: 30_000 }
/** With which the interface makes its MAC. */
const foldSince = '4.7'
const methods = { create: 'POST', update: 'PATCH', delete: 'DELETE' } as const

/** NetBox refuses `batch`; `results` is what an unanswered attempt before had stored after all. */
export interface Refused {
  readonly state: 'refused' | 'too-large'
  readonly response: HttpResponse
  readonly results: readonly WriteResult[]
  readonly batch: WriteBatch
}

export type Sent = { readonly state: 'done'; readonly results: readonly WriteResult[] } | Refused

/**
 * One bulk write, tried until NetBox has stored or refused it. What is not answered is looked up before it is sent
 * again, so nothing is made twice.
 *
 * @throws ProxboxError NETBOX_* when the whole Run must stop
 */
export async function sendChunk(
  netbox: NetBox,
  whole: WriteBatch,
  signal: AbortSignal
): Promise<Sent> {
  const { inside } = netbox
  const results: WriteResult[] = []
  let batch = whole
  const firstAt = inside.now()
  for (let attempt = 1; ; attempt += 1) {
    const begunAt = inside.now()
    const tried = await tryOnce(netbox, batch, signal)
    if ('response' in tried && isFinal(tried.verdict)) {
      if (tried.verdict === 'stored')
        inside.pace.answered(inside.now() - begunAt, batch.entries.length)
      return await finalOf(netbox, { ...tried, batch, results }, signal)
    }
    inside.pace.trouble()
    if (isOpen(tried)) {
      const settled = await settleUnanswered(netbox, batch, begunAt, signal)
      results.push(...settled.results)
      if (settled.left.length === 0) return { state: 'done', results }
      batch = { ...batch, entries: settled.left }
    }
    if (attempt === backoff.attempts) throw failureOf(netbox, batch, tried)
    const askedMs = askedBy(tried)
    const pauseMs = pauseAfter(attempt, backoff, { askedMs, random: inside.random() })
    inside.pausing({
      failure: failureOf(netbox, batch, tried),
      begunAt: firstAt,
      triesLeft: backoff.attempts - attempt,
      pauseMs,
      mostMs: mostPauseMs(attempt, backoff, askedMs)
    })
    await inside.sleep(pauseMs, signal)
  }
}

const isFinal = (verdict: Verdict): boolean => verdict !== 'busy' && verdict !== 'unanswered'

type Final = Omit<Refused, 'state'> & { readonly verdict: Verdict }

async function finalOf(netbox: NetBox, final: Final, signal: AbortSignal): Promise<Sent> {
  const { inside } = netbox
  const { verdict, response, batch, results } = final
  if (verdict === 'stored')
    return { state: 'done', results: [...results, ...resultsFrom(netbox.name, batch, response)] }
  if (verdict === 'refused' || verdict === 'too-large')
    return { state: verdict, response, results, batch }
  if (verdict === 'forbidden') throw await forbiddenFailure(inside, response, batch, signal)
  throw answerFailure(response, inside.place, kinds[batch.kind].path)
}

const failureOf = (netbox: NetBox, batch: WriteBatch, tried: Tried): unknown =>
  'response' in tried
    ? answerFailure(tried.response, netbox.inside.place, kinds[batch.kind].path)
    : tried.failure

type Tried =
  | { readonly response: HttpResponse; readonly verdict: Verdict }
  | { readonly failure: unknown; readonly sent: boolean }

/** Pure: the pause that NetBox, or a proxy before it, asks for. */
const askedBy = (tried: Tried): number | undefined =>
  'response' in tried ? retryAfterMs(tried.response) : undefined

/** Pure: whether NetBox may have stored it although we know nothing of it. */
const isOpen = (tried: Tried): boolean =>
  'response' in tried ? tried.verdict === 'unanswered' : tried.sent

async function tryOnce(netbox: NetBox, batch: WriteBatch, signal: AbortSignal): Promise<Tried> {
  const { inside } = netbox
  const { path } = kinds[batch.kind]
  const call = { path, query: cheaper(batch), body: bodyFrom(netbox, batch) }
  try {
    const response = await inside.write(methods[batch.action], call, signal)
    return { response, verdict: verdictOf(response) }
  } catch (error) {
    if (!(error instanceof HttpError) || error instanceof HttpAborted) throw error
    const place = { ...inside.place, timeoutMs: inside.writeTimeoutMs }
    const failure = failureFrom(error, place, path)
    if (error instanceof HttpTlsError) throw failure
    // Any other failure (half an answer, broken gzip) comes after the request was read.
    const wasSeen =
      error instanceof HttpUnreachable || error instanceof HttpTimeout ? error.sent : true
    return { failure, sent: wasSeen }
  }
}

/** The elements of a bulk write. */
export function bodyFrom({ inside }: NetBox, batch: WriteBatch): Json[] {
  const version = inside.version ?? ''
  const message = inside.message === '' ? {} : { changelog_message: inside.message }
  return batch.entries.map((entry) => ({
    ...(batch.action === 'create' ? {} : { id: targetOf(entry) }),
    ...(batch.action === 'delete' ? {} : encodeFields(batch.kind, entry.fields, version)),
    ...(entry.mac !== undefined && batch.action !== 'delete' && versionHas(version, foldSince)
      ? { mac_address: entry.mac.address }
      : {}),
    ...message
  }))
}

// `omit` also cuts the input, so it names read-only fields alone; older versions ignore it.
const dear: Partial<Record<WriteBatch['kind'], string>> = {
  vm: 'config_context,interface_count,virtual_disk_count',
  device: 'config_context,parent_device',
  interface:
    'link_peers,link_peers_type,connected_endpoints,connected_endpoints_type,connected_endpoints_reachable,count_ipaddresses,count_fhrp_groups,mac_addresses,l2vpn_termination',
  'vm-interface': 'count_ipaddresses,count_fhrp_groups,mac_addresses,l2vpn_termination'
}

function cheaper({ kind, action }: WriteBatch): Query {
  const omit = dear[kind]
  if (omit === undefined || action === 'delete') return {}
  return omit.includes('config_context') ? { omit, exclude: 'config_context' } : { omit }
}

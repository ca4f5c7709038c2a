import { ProxboxError, type ProxmoxConnection } from '@proxbox/contracts'
import type { HttpResponse } from '@proxbox/http'
import Type from 'typebox'
import { answerErrorFrom } from './answer-error.ts'
import { decode } from './wire/decode.ts'
import { Bool } from './wire/tolerant.ts'

export interface Credential {
  /** Headers that prove who asks. */
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>
  /** The server refused it: true when another try with fresh headers makes sense. */
  refused(): boolean
}

export type PostForm = (
  path: string,
  form: Record<string, string>,
  signal?: AbortSignal
) => Promise<HttpResponse>

const TicketAnswer = Type.Object({
  data: Type.Object({ ticket: Type.String({ minLength: 1 }), NeedTFA: Bool })
})
const TICKET_PATH = '/access/ticket'
// A ticket lives 2 h (PVE::AccessControl, $ticket_lifetime); a quarter of an hour is left for the calls under way.
const RENEW_AFTER_MS = 105 * 60_000
const EXPIRED_AFTER_MS = 120 * 60_000

/** A token when there is a whole one, else the password. @throws ProxboxError PROXMOX_CREDENTIAL when there is neither */
export function credentialOf(
  connection: ProxmoxConnection,
  post: PostForm,
  clock: () => number
): Credential {
  const { username, token_name: name, token_value: value, password } = connection
  if (name && value) {
    const authorization = `PVEAPIToken=${tokenText(`${username}!${name.split('!').at(-1)}`)}=${tokenText(value)}`
    return { headers: () => Promise.resolve({ authorization }), refused: () => false }
  }
  if (password) return ticketCredential({ connection, password, post, clock })
  throw refusal(connection, 'neither a password nor a whole API token is set.')
}

// The server ends the value at `;` and unescapes it (PVE::APIServer::AnyEvent).
const tokenText = (text: string) => text.replaceAll(/[%;\s]/g, encodeURIComponent)

function ticketCredential(parts: {
  connection: ProxmoxConnection
  password: string
  post: PostForm
  clock: () => number
}): Credential {
  const { connection, post, clock } = parts
  let held: { ticket: string; since: number } | undefined
  let pending: Promise<string> | undefined

  const login = async (signal?: AbortSignal): Promise<string> => {
    const age = held === undefined ? Number.POSITIVE_INFINITY : clock() - held.since
    // An old ticket stands for the password: no second factor, no lockout counter.
    const password = held !== undefined && age < EXPIRED_AFTER_MS ? held.ticket : parts.password
    const since = clock()
    const form = { username: connection.username, password }
    const response = await post(TICKET_PATH, form, signal)
    if (response.status >= 400) throw answerErrorFrom(response, TICKET_PATH)
    const { data } = decode(TicketAnswer, response.json(), 'the answer to the login')
    if (data.NeedTFA === true || data.ticket.startsWith('PVE:!tfa!')) {
      throw refusal(connection, 'the user needs a second factor: use an API token instead.')
    }
    held = { ticket: data.ticket, since }
    return data.ticket
  }
  const ticket = async (signal?: AbortSignal): Promise<string> => {
    if (held !== undefined && clock() - held.since < RENEW_AFTER_MS) return held.ticket
    pending ??= login(signal).finally(() => {
      pending = undefined
    })
    return pending
  }
  return {
    headers: async (signal) => ({
      // As it came: Proxmox unescapes it, so only what would end the cookie or look escaped must be escaped.
      cookie: `PVEAuthCookie=${tokenText(await ticket(signal))}`
    }),
    refused: () => {
      const hadTicket = held !== undefined
      held = undefined
      return hadTicket
    }
  }
}

function refusal(connection: ProxmoxConnection, detail: string): ProxboxError {
  const { name: endpoint, username } = connection
  return new ProxboxError('PROXMOX_CREDENTIAL', { endpoint, username, detail })
}

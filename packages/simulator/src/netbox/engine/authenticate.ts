import { Refusal } from './errors.ts'
import type { Request, Token } from './message.ts'
import type { Model } from './model.ts'

const MALFORMED =
  'Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"'

const refuse = (detail: string) => new Refusal(403, { detail })

/** Who asks; 403 (never 401) for anything that is no valid token. Trusted requests have no token. */
export function authenticate(
  request: Request,
  tokens: ReadonlyMap<string, Token>
): Token | undefined {
  const header = request.headers?.authorization
  if (request.isTrusted !== false && header === undefined) return undefined
  const [keyword = '', value, more] = (header ?? '').trim().split(/\s+/)
  if (!['token', 'bearer'].includes(keyword.toLowerCase())) {
    throw refuse('Authentication credentials were not provided.')
  }
  if (value === undefined || more !== undefined) throw refuse(MALFORMED)
  const version = value.startsWith('nbt_') ? 2 : 1
  const token = tokens.get(value)
  if (!token || token.version !== version) throw refuse(`Invalid v${version} token`)
  return token
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'view',
  HEAD: 'view',
  POST: 'add',
  PUT: 'change',
  PATCH: 'change',
  DELETE: 'delete'
}

/** Read-only tokens, then the permissions of the token's user. */
export function authorize(token: Token | undefined, method: string, model: Model): void {
  if (!isAuthorized(token, method, model)) throw forbidden()
}

export function isAuthorized(token: Token | undefined, method: string, model: Model): boolean {
  const action = ACTIONS[method]
  if (!token || !action) return true
  if (action !== 'view' && !token.canWrite) return false
  return token.permissions?.has(permissionOf(model, action)) ?? true
}

/** The permission's name, e.g. `virtualization.add_virtualmachine`. */
function permissionOf(model: Pick<Model, 'key'>, action: string): string {
  const [app, name] = model.key.split('.')
  return `${app}.${action}_${name}`
}

function forbidden(): Refusal {
  return refuse('You do not have permission to perform this action.')
}

/**
 * The one table of errors. A disposition says what the reader should do, and decides HTTP status, log level and
 * what becomes of a Run: `wait` = try again later, `stop` = a person must act, `bug` = our fault.
 */
export type Disposition = 'wait' | 'stop' | 'bug'

export interface ErrorDefinition {
  readonly disposition: Disposition
  /** HTTP status at the gateway and on the bus. */
  readonly status: number
  /** Text with `{name}` placeholders, filled from the error's data. */
  readonly text: string
}

const stop = (status: number, text: string): ErrorDefinition => ({
  disposition: 'stop',
  status,
  text
})
const wait = (status: number, text: string): ErrorDefinition => ({
  disposition: 'wait',
  status,
  text
})

export const errorTable = {
  // requests
  BODY_INVALID: stop(400, '{detail}'),
  FIELD_INVALID: stop(400, '{field}: {problem} {remedy}'),
  PARAMETER_INVALID: stop(422, '{parameter}: {problem}'),
  NOT_FOUND: stop(404, 'No {what} with {id}.'),
  TOKEN_MISSING: stop(401, 'An API token is required: send "Authorization: Token …".'),
  TOKEN_INVALID: stop(401, 'The API token is unknown, disabled or expired: send a valid one.'),
  PERMISSION_DENIED: stop(403, 'The token lacks the permission {permission}.'),
  CONFLICT: stop(409, '{detail}'),
  TOO_LARGE: stop(413, '{what} is larger than {limit}.'),
  // parts of the system
  SERVICE_UNAVAILABLE: wait(
    503,
    'No {service} is running: under "npm start" it comes back within 30 s; else see its log and start it.'
  ),
  SERVICE_TIMEOUT: wait(504, '{service} did not answer {operation} within {seconds} s.'),
  BUS_UNAVAILABLE: wait(503, 'The message bus cannot be reached.'),
  DATABASE_UNAVAILABLE: wait(503, 'The database cannot be reached.'),
  CONFIG_INVALID: stop(500, 'The environment is not usable: {faults}'),
  ENCRYPTION_KEY_WRONG: stop(
    500,
    'PROXBOX_ENCRYPTION_KEY is not the key that the stored credentials were encrypted with: start with the old key.'
  ),
  // the life of a Run
  RUN_NOT_CANCELLABLE: stop(409, 'Run {run} is {state}: it cannot be cancelled.'),
  RUN_NOT_APPROVABLE: stop(
    409,
    'Run {run} is {state}: only a Run that awaits approval can be approved. {remedy}'
  ),
  RUN_NOT_UNDOABLE: stop(
    409,
    'Run {run} {problem}: only a Run that has ended and has written can be undone.'
  ),
  RUN_EXPIRED: stop(
    409,
    'Run {run} awaited approval for as long as approval_expire_days allows ({days}): plan again with "proxbox plan".'
  ),
  PLAN_DIFFERS: stop(
    409,
    'The file is not the Plan that Run {run} has stored (SHA-256 {stored}): export it again with "proxbox plan".'
  ),
  DECISION_UNKNOWN: stop(400, 'decision: "{decision}" is none of {choices}.'),
  RUN_CANCELLED: stop(409, 'Run {run} was cancelled.'),
  RUN_TIMEOUT: stop(504, 'Run {run} did not end within {seconds} s.'),
  NETBOX_BUSY: stop(409, 'NetBox {netbox} is busy with Run {run}.'),
  NO_NETBOX_ENDPOINT: stop(
    400,
    'No enabled NetBox Endpoint: add one with "proxbox endpoint add netbox …", or enable one with "proxbox endpoint set netbox NAME enabled=true".'
  ),
  NO_PROXMOX_ENDPOINT: stop(
    400,
    'No enabled Proxmox Endpoint: add one with "proxbox endpoint add proxmox …", or enable one with "proxbox endpoint set proxmox NAME enabled=true".'
  ),
  NETBOX_AMBIGUOUS: stop(422, 'netbox_endpoint_ids: name exactly one of {choices}.'),
  LEASE_MISSING: stop(
    401,
    'The request carries no Proxbox-Run and Proxbox-Attempt of a live lease.'
  ),
  LEASE_LOST: wait(409, 'Attempt {attempt} of Run {run} no longer holds the lease.'),
  ATTEMPT_STALE: stop(409, 'Attempt {attempt} of Run {run} was replaced by a later one.'),
  BACKEND_UNAVAILABLE: wait(
    503,
    'The sync backend {endpoint} cannot be reached at {address}: {detail}'
  ),
  BACKEND_REFUSED: stop(502, 'The sync backend {endpoint} refused the request: {detail}'),
  BACKEND_SILENT: wait(504, 'The sync backend {endpoint} sent nothing for {seconds} s.'),
  BACKEND_INCOMPLETE: wait(
    502,
    'The stream of the sync backend {endpoint} ended without a complete event.'
  ),
  BACKEND_INCAPABLE: stop(409, 'The sync backend {endpoint} does not offer {capability}.'),
  BACKEND_FAILED: stop(502, 'The sync backend {endpoint} failed: {detail}'),
  WRITES_OFF: stop(
    409,
    'NetBox Endpoint {endpoint} has write_mode off: nothing is ever written to it. If it shall be, run "proxbox endpoint set netbox {endpoint} write_mode=plan" and try again.'
  ),
  // Proxmox
  PROXMOX_UNREACHABLE: wait(
    503,
    'Proxmox Endpoint {endpoint} cannot be reached at {address}: {detail}'
  ),
  PROXMOX_TLS: stop(
    502,
    'Proxmox Endpoint {endpoint}: {detail} The server presents the fingerprint {fingerprint}.'
  ),
  PROXMOX_CREDENTIAL: stop(
    401,
    'Proxmox Endpoint {endpoint} refused the credential of {username}: {detail}'
  ),
  PROXMOX_TIMEOUT: wait(
    504,
    'Proxmox Endpoint {endpoint} did not answer {path} within {seconds} s.'
  ),
  PROXMOX_ANSWER: wait(502, 'Proxmox Endpoint {endpoint} answered {path} with {status}: {detail}'),
  PROXMOX_PRIVILEGE: stop(403, 'Proxmox Endpoint {endpoint} lacks {privilege} on {path}: {remedy}'),
  CLUSTER_CONFLICT: stop(
    409,
    'Proxmox Endpoint {endpoint}: cluster {cluster} contradicts what is known of it: {detail}'
  ),
  // NetBox
  NETBOX_UNREACHABLE: wait(
    503,
    'NetBox Endpoint {endpoint} cannot be reached at {address}: {detail}'
  ),
  NETBOX_TLS: stop(502, 'NetBox Endpoint {endpoint}: {detail}'),
  NETBOX_CREDENTIAL: stop(401, 'NetBox Endpoint {endpoint} refused the token: {detail}'),
  NETBOX_READ_ONLY: stop(
    403,
    'NetBox Endpoint {endpoint}: the token may not write (write_enabled is off).'
  ),
  NETBOX_PERMISSION: stop(403, 'NetBox Endpoint {endpoint} lacks the permission {permission}.'),
  NETBOX_TIMEOUT: wait(504, 'NetBox Endpoint {endpoint} did not answer {path} within {seconds} s.'),
  NETBOX_MAINTENANCE: wait(
    503,
    'NetBox Endpoint {endpoint} is in maintenance: it answered {status}.'
  ),
  NETBOX_TOO_OLD: stop(502, 'NetBox Endpoint {endpoint} runs {version}: 4.5 or newer is needed.'),
  NETBOX_ANSWER: wait(502, 'NetBox Endpoint {endpoint} answered {path} with {status}: {detail}'),
  NETBOX_PAGES: wait(
    502,
    'NetBox Endpoint {endpoint}: the pages of {path} do not add up ({detail}); nothing was planned from them.'
  ),
  NETBOX_OWNED: stop(
    409,
    'NetBox Endpoint {endpoint} is kept by another Endpoint or installation: {owner}. {remedy}'
  ),
  // single objects; the Run goes on
  ITEM_REFUSED: stop(409, '{item}: NetBox refused it: {detail}'),
  ITEM_MOVED: stop(409, '{item}: changed since it was planned, so it was left out.'),
  ITEM_AMBIGUOUS: stop(
    409,
    '{item}: {count} objects in NetBox could be this one ({candidates}); nothing was written.'
  ),
  ITEM_QUARANTINED: stop(
    409,
    '{item}: NetBox refused it {failures} times: {detail} It is tried again after {retry_at}.'
  ),
  CONFLICT_OPEN: stop(409, '{item}: {detail} Decide it with "proxbox conflicts".'),
  ITEM_HELD: stop(409, '{item}: held by {guard}: {detail}'),
  ADDRESS_TAKEN: stop(409, '{item}: the address {address} belongs to {owner}; it was not moved.'),
  NAME_SHORTENED: stop(
    409,
    '{item}: the name "{name}" is longer than NetBox allows ({limit}); it is written as "{written}".'
  ),
  NAME_TAKEN: stop(
    409,
    '{item}: the name "{name}" exists twice in this cluster; it is written as "{written}".'
  ),
  VLAN_UNRESOLVED: stop(
    409,
    '{item}: VLAN {vid} is not exactly one VLAN in NetBox; the VLANs of the interface were left as they are.'
  ),
  SITE_MISSING: stop(
    409,
    'Cluster {cluster}: no site is known for it. Set "site" on Proxmox Endpoint {endpoint} to the slug of a site in NetBox.'
  ),
  CLUSTER_MERGED: stop(
    409,
    'Cluster {cluster} was taken for two, and NetBox still has {count} objects of its other id {id}.'
  ),
  CONFIG_UNKNOWN: stop(
    409,
    '{item}: the configuration holds {key}, which is not known; it was left as it is.'
  ),
  AGENT_NONSENSE: stop(
    409,
    '{item}: the guest agent answered something that cannot be read: {detail}'
  ),
  GAP: stop(409, '{scope}: could not be read ({reason}): {detail} {remedy}'),
  INTERNAL: {
    disposition: 'bug',
    status: 500,
    text: 'Internal error; the log of {service} has the details (request {request}).'
  }
} as const satisfies Record<string, ErrorDefinition>

export type ErrorCode = keyof typeof errorTable
export type ErrorData = Readonly<Record<string, unknown>>

/** What travels in `error` and `complete.errors`, and as the body of a failed call. */
export interface ErrorFacts {
  readonly code: string
  readonly disposition: Disposition
  readonly detail: string
}

const fill = (text: string, data: ErrorData): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(data[name] ?? '')).trim()

/** An error with a code of the table. `data` fills the text and must hold no secret; its `cause` is chained. */
export class ProxboxError extends Error {
  readonly code: ErrorCode
  readonly data: ErrorData
  readonly disposition: Disposition
  readonly status: number

  constructor(
    code: ErrorCode,
    data: ErrorData & { readonly cause?: unknown } = {},
    options: ErrorOptions = {}
  ) {
    const { cause = options.cause, ...facts } = data
    super(fill(errorTable[code].text, facts), cause === undefined ? {} : { cause })
    this.name = 'ProxboxError'
    this.code = code
    this.data = facts
    this.disposition = errorTable[code].disposition
    this.status = errorTable[code].status
  }
}

/** Pure: what a reader may see of any error; what has no code is a bug and shows no detail. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof ProxboxError) {
    return { code: error.code, disposition: error.disposition, detail: error.message }
  }
  const bug = errorTable.INTERNAL
  return {
    code: 'INTERNAL',
    disposition: bug.disposition,
    detail: 'Internal error; the service log has the details.'
  }
}

/** Pure: an error that came over the bus, as an error again. */
export function errorFromFacts(facts: {
  code?: unknown
  detail?: unknown
  status?: number
}): Error {
  const code =
    typeof facts.code === 'string' && Object.hasOwn(errorTable, facts.code)
      ? (facts.code as ErrorCode)
      : undefined // guarded by `hasOwn`
  const detail = typeof facts.detail === 'string' ? facts.detail : 'no detail'
  return code === undefined ? new Error(detail) : new RelayedError(code, detail)
}

/** A ProxboxError whose text was filled by another service. */
class RelayedError extends ProxboxError {
  constructor(code: ErrorCode, detail: string) {
    super(code)
    this.message = detail
  }
}

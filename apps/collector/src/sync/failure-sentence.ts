import { type ErrorFacts, errorFacts, ProxboxError } from '@proxbox/contracts'

type Code = ProxboxError['code']

/**
 * What a person can do about what ended an attempt; `{test}` is the command that looks closer. That it is tried again, or
 * not any more, only the orchestrator knows: only what is never tried again says to start it again.
 */
const remedies: Partial<Record<Code, string>> = {
  PROXMOX_UNREACHABLE: 'Check address, port, firewall and that pveproxy runs: {test}.',
  PROXMOX_TLS:
    'Compare the fingerprint with the server, then store it, or its CA as ca_certificate: {test}.',
  PROXMOX_CREDENTIAL: 'Store a token or password that is valid there: {test}.',
  PROXMOX_TIMEOUT: 'Look at the load of the node, or raise the timeout of the Endpoint: {test}.',
  PROXMOX_ANSWER: 'Look at the log of pveproxy and pvedaemon there: {test}.',
  PROXMOX_PRIVILEGE: 'Grant it: {test}.',
  NETBOX_UNREACHABLE: 'Check address, port, firewall and that NetBox runs: {test}.',
  NETBOX_TLS:
    'Compare the fingerprint with the server, then store it, or its CA as ca_certificate: {test}.',
  NETBOX_CREDENTIAL: 'Store a token that is enabled and not expired: {test}.',
  NETBOX_READ_ONLY: 'Allow the token to write in NetBox (Admin → API Tokens): {test}.',
  NETBOX_PERMISSION: 'Grant it to the user of the token in NetBox: {test}.',
  NETBOX_TIMEOUT: 'Look at the load of NetBox, or raise the timeout of the Endpoint: {test}.',
  NETBOX_TOO_OLD: 'Upgrade NetBox, then start the Run again.',
  NETBOX_ANSWER: 'Look at the log of NetBox: {test}.',
  NETBOX_PAGES: 'Let nobody change NetBox in bulk meanwhile.'
}

/** Pure: why an attempt ended, in a sentence that names the Endpoint and the remedy. */
export function failureFacts(error: unknown): ErrorFacts {
  const facts = errorFacts(error)
  if (!(error instanceof ProxboxError)) return facts
  const remedy = remedies[error.code]
  if (remedy === undefined) return facts
  const kind = error.code.startsWith('PROXMOX') ? 'proxmox' : 'netbox'
  const test = `proxbox endpoint test ${kind} ${String(error.data.endpoint ?? 'ID')}`
  const detail = /[.!?]$/.test(facts.detail) ? facts.detail : `${facts.detail}.`
  return { ...facts, detail: `${detail} ${remedy.replace('{test}', `"${test}"`)}` }
}

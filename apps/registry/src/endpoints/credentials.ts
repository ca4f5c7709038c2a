import { FieldErrors } from '@proxbox/service-kit'

/** What a person may paste into a token field, taken apart by its form. */
const proxmoxToken = /^([^!\s]+@[^!\s]+)!([A-Za-z0-9._-]+)=(\S+)$/
const netboxV2Token = /^nbt_([A-Za-z0-9]{12})\.([A-Za-z0-9]{20,100})$/
// Hexadecimal up to NetBox 4.4; since 4.5 NetBox makes them of all letters and digits.
const netboxV1Token = /^[0-9A-Za-z]{40}$/

export interface ProxmoxCredential {
  readonly username?: string
  readonly password?: string
  readonly token_name?: string
  readonly token_value?: string
}

/** Pure: a pasted `user@realm!name=secret` in token_name or token_value becomes its parts; `user@realm!name` names both. */
export function proxmoxCredentialFrom(given: ProxmoxCredential): ProxmoxCredential {
  for (const text of [given.token_value, given.token_name]) {
    const [, username, name, value] =
      proxmoxToken.exec(text?.replace(/^PVEAPIToken=/, '') ?? '') ?? []
    if (username !== undefined && name !== undefined && value !== undefined)
      return { username, token_name: name, token_value: value }
  }
  const [username, name] = given.token_name?.split('!') ?? []
  if (username !== undefined && name !== undefined) return { ...given, username, token_name: name }
  return given
}

/** Pure: password or whole token must be there after the change. */
export function checkProxmoxCredential(row: {
  hasPassword: boolean
  tokenName: string
  hasTokenValue: boolean
  username: string
}): void {
  if (!row.username.includes('@'))
    throw new FieldErrors({ username: ['Give the user with its realm, such as root@pam.'] })
  const hasToken = row.tokenName !== '' && row.hasTokenValue
  if (row.hasPassword || hasToken) return
  if (row.tokenName === '' && !row.hasTokenValue) {
    throw new FieldErrors({
      password: ['Give a password, or token_name and token_value of an API token.']
    })
  }
  throw new FieldErrors(
    row.tokenName === ''
      ? { token_name: ['The name of the API token is missing.'] }
      : { token_value: ['The secret of the API token is missing.'] }
  )
}

export interface NetBoxCredential {
  readonly token_version?: 'v1' | 'v2'
  readonly token?: string
  readonly token_key?: string
  readonly token_secret?: string
}

export interface NetBoxToken {
  readonly version: 'v1' | 'v2'
  /** Empty for v1. */
  readonly key: string
  /** The v1 token or the v2 secret. */
  readonly secret: string
}

/** The part of a stored token that is not secret. */
interface StoredToken {
  readonly tokenVersion: string
  readonly tokenKey: string
}

/**
 * Pure: the token that was given, or undefined when none was. v1 is one text of 40 letters and digits; v2 is key and secret,
 * or pasted whole as `nbt_key.secret`, in either field.
 *
 * @throws FieldErrors that name the missing part.
 */
export function netboxTokenFrom(
  given: NetBoxCredential,
  stored?: StoredToken
): NetBoxToken | undefined {
  const token = (given.token ?? '').trim().replace(/^(Bearer|Token) /, '')
  const secretPart = (given.token_secret ?? '').trim()
  const keyPart = (given.token_key ?? '').trim().replace(/^nbt_/, '')
  for (const text of [token, secretPart]) {
    const [, key, secret] = netboxV2Token.exec(text) ?? []
    if (key !== undefined && secret !== undefined) return { version: 'v2', key, secret }
  }
  if (token !== '') return v1From(token, given.token_version)
  if (secretPart !== '') return v2From(keyPart || (stored?.tokenKey ?? ''), secretPart)
  checkUnchanged(keyPart, given.token_version, stored)
  return undefined
}

/** Without a new secret, neither key nor version can become another. */
function checkUnchanged(
  key: string,
  version: string | undefined,
  stored: StoredToken | undefined
): void {
  if (key !== '' && key !== stored?.tokenKey)
    throw new FieldErrors({ token_secret: ['Another token_key needs its secret.'] })
  if (stored !== undefined && version !== undefined && version !== stored.tokenVersion)
    throw new FieldErrors({
      token: [`A ${version} token must come with the change to ${version}.`]
    })
}

function v1From(token: string, version: 'v1' | 'v2' | undefined): NetBoxToken {
  if (version === 'v2')
    throw new FieldErrors({
      token: [
        'This is not a v2 token: it has the form nbt_<key>.<secret>; or give token_key and token_secret.'
      ]
    })
  if (!netboxV1Token.test(token))
    throw new FieldErrors({
      token: [
        'This is no NetBox token: v1 has 40 letters and digits, v2 the form nbt_<key>.<secret>.'
      ]
    })
  return { version: 'v1', key: '', secret: token }
}

function v2From(key: string, secret: string): NetBoxToken {
  if (key === '')
    throw new FieldErrors({ token_key: ['A v2 token needs its key beside the secret.'] })
  return { version: 'v2', key, secret }
}

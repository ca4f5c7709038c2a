import {
  type FieldSpec,
  type FieldValue,
  fieldSpec,
  isRef,
  type KindName
} from '@proxbox/contracts'
import ipaddr from 'ipaddr.js'

/**
 * Pure: the host part of an address, without mask and zone, in one spelling. NetBox gives an IPv4 address inside an IPv6
 * one in dots (`::ffff:10.0.0.1`), Proxbox in words.
 */
export function hostOf(address: string): string {
  const host = (address.split('/')[0] ?? '').split('%')[0]?.toLowerCase() ?? ''
  const isMixed = host.includes(':') && host.includes('.')
  return isMixed && ipaddr.isValid(host) ? ipaddr.parse(host).toString() : host
}

/** Pure: nothing in NetBox's eyes. */
export const isBlank = (value: FieldValue | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

/** Pure: so many characters as NetBox counts them: half of one (a surrogate) is none. */
const cutTo = (text: string, limit: number): string =>
  text.length <= limit ? text : [...text].slice(0, limit).join('')

const cut = (text: string, spec: FieldSpec | undefined): string => {
  const trimmed = text.replaceAll('\r\n', '\n').trim()
  return spec?.maxLength === undefined ? trimmed : cutTo(trimmed, spec.maxLength).trim()
}

function text(kind: KindName, field: string, value: string, spec?: FieldSpec): string {
  const whole = cut(value, spec)
  if (field === 'mac_address') return whole.toUpperCase()
  if (field === 'dns_name' || (field === 'color' && kind !== 'custom-field')) {
    return whole.toLowerCase()
  }
  return whole
}

/** Pure: a value as NetBox would store it: trimmed, cut, in its case; what is blank becomes the field's blank. */
export function normal(kind: KindName, field: string, value: FieldValue): FieldValue {
  const spec = fieldSpec(kind, field)
  if (typeof value === 'string') {
    const done = text(kind, field, value, spec)
    return done === '' && spec?.blank === undefined ? null : done
  }
  return value
}

/** Pure: an address without the scheme that NetBox ≥ 4.7 puts before one that has none. */
export const withoutScheme = (address: string): string => address.replace(/^(https:)?\/\//i, '')

/**
 * What a person has made anew with type `url` holds our texts as addresses. Links have their scheme from us: one without
 * it is another.
 */
const isPerhapsUrl = (field: string): boolean =>
  field.startsWith('cf.') && field !== 'cf.proxmox_link'

/** Pure: text that is equal exactly when two values are equal to NetBox. `resolve` gives one name to each reference. */
export function canonical(
  kind: KindName,
  field: string,
  value: FieldValue | undefined,
  resolve: (ref: string) => string
): string {
  if (value === undefined || isBlank(value)) return ''
  if (isRef(value)) return resolve(value.ref)
  if (Array.isArray(value)) {
    return elements(kind, field, value, resolve).join(',')
  }
  if (typeof value === 'string') {
    if (kind === 'ip-address' && field === 'address') return hostOf(value)
    const spec = fieldSpec(kind, field)
    if (spec?.type === 'decimal' || spec?.type === 'integer') return String(Number(value))
    const whole = text(kind, field, value, spec)
    return isPerhapsUrl(field) ? withoutScheme(whole) : whole
  }
  return String(value)
}

/** Pure: the elements of a set, each canonical, sorted, without repeats. */
export function elements(
  kind: KindName,
  field: string,
  value: readonly FieldValue[],
  resolve: (ref: string) => string
): readonly string[] {
  return [...new Set(value.map((one) => canonical(kind, field, one, resolve)))].sort()
}

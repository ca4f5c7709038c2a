import { macFrom, networkFrom } from './addresses.ts'
import { type Decoded, fail } from './decoded.ts'
import type { Context } from './model.ts'
import { isRecord } from './python.ts'
import { objectsFrom, referenceFrom } from './reference.ts'
import type { Field } from './table-shape.ts'

/** One value of a request body, as the serializer field of its kind reads it. */
export function decodeField(field: Field, raw: unknown, context: Context): Decoded {
  if (raw === null) return decodeNull(field)
  switch (field.kind) {
    case 'string':
      return decodeString(field, raw)
    case 'integer':
      return decodeInteger(field, raw)
    case 'decimal':
      return decodeDecimal(field, raw)
    case 'boolean':
      return decodeBoolean(raw)
    case 'choice':
      return decodeChoice(field, raw)
    case 'fk':
      return referenceFrom(context, field.to ?? '', raw)
    case 'many':
      return objectsFrom(context, field.to ?? '', raw)
    case 'address':
    case 'prefix':
      return decodeNetwork(field, raw)
    case 'mac':
      return decodeMac(field, raw)
    case 'type':
      return decodeType(field, raw, context)
    case 'types':
      return decodeTypes(field, raw, context)
    case 'ranges':
      return decodeRanges(raw)
    case 'json':
      return { value: raw }
  }
}

function decodeNull(field: Field): Decoded {
  if (field.nullable) return { value: null }
  if (field.kind === 'choice') {
    return field.blank ? { value: '' } : fail('This field may not be blank.')
  }
  return fail('This field may not be null.')
}

function decodeString(field: Field, raw: unknown): Decoded {
  if (typeof raw !== 'string' && typeof raw !== 'number') return fail('Not a valid string.')
  const value = String(raw).trim()
  if (value === '' && !field.blank) return fail('This field may not be blank.')
  const messages: string[] = []
  const [pattern, ...complaints] = field.pattern ?? []
  if (pattern && value !== '' && !pattern.test(value)) messages.push(...complaints)
  if (field.maxLength !== undefined && [...value].length > field.maxLength) {
    messages.push(`Ensure this field has no more than ${field.maxLength} characters.`)
  }
  return messages.length > 0 ? { error: messages } : { value }
}

function outOfRange(field: Field, value: number): string | undefined {
  if (field.max !== undefined && value > field.max) {
    return `Ensure this value is less than or equal to ${field.max}.`
  }
  if (field.min !== undefined && value < field.min) {
    return `Ensure this value is greater than or equal to ${field.min}.`
  }
  return undefined
}

function decodeInteger(field: Field, raw: unknown): Decoded {
  const text = typeof raw === 'number' || typeof raw === 'string' ? String(raw).trim() : ''
  if (!/^[+-]?\d{1,19}(\.0*)?$/.test(text)) return fail('A valid integer is required.')
  const value = Number(text)
  const problem = outOfRange({ max: 2_147_483_647, ...field }, value)
  return problem ? fail(problem) : { value }
}

// The lowest number of vCPUs, as Python's Decimal(0.01) prints it.
const VCPU_MINIMUM = '0.01000000000000000020816681711721685132943093776702880859375'

function decodeDecimal(field: Field, raw: unknown): Decoded {
  const text = typeof raw === 'number' || typeof raw === 'string' ? String(raw).trim() : ''
  if (text === '' || !Number.isFinite(Number(text))) return fail('A valid number is required.')
  const value = Number(text)
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  if (fraction.replace(/0+$/, '').length > 2) {
    return fail('Ensure that there are no more than 2 decimal places.')
  }
  if (whole.length > 4) {
    return fail('Ensure that there are no more than 4 digits before the decimal point.')
  }
  if (field.min !== undefined && value < field.min) {
    const shown = field.min === 0.01 ? VCPU_MINIMUM : field.min
    return fail(`Ensure this value is greater than or equal to ${shown}.`)
  }
  return { value }
}

const TRUE = new Set(['t', 'y', 'yes', 'true', 'on', '1'])
const FALSE = new Set(['f', 'n', 'no', 'false', 'off', '0'])

function decodeBoolean(raw: unknown): Decoded {
  const text = isRecord(raw) || Array.isArray(raw) ? '' : String(raw).toLowerCase().trim()
  if (TRUE.has(text)) return { value: true }
  if (FALSE.has(text)) return { value: false }
  return fail('Must be a valid boolean.')
}

function decodeChoice(field: Field, raw: unknown): Decoded {
  if (isRecord(raw) || Array.isArray(raw)) {
    return fail('Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.')
  }
  if (raw === '') {
    if (field.nullable) return { value: null }
    return field.blank ? { value: '' } : fail('This field may not be blank.')
  }
  const found = field.choices?.find(([value]) => value === raw)
  const shown = typeof raw === 'boolean' ? (raw ? 'True' : 'False') : raw
  return found ? { value: found[0] } : fail(`${shown} is not a valid choice.`)
}

function decodeNetwork(field: Field, raw: unknown): Decoded {
  const isPrefix = field.kind === 'prefix'
  if (raw === '') return fail('This field may not be blank.')
  const network = typeof raw === 'string' ? networkFrom(raw) : undefined
  if (!network) return fail(`Invalid IP ${isPrefix ? 'prefix' : 'address'} format: ${raw}`)
  if (isPrefix && network.host !== network.first) {
    const meant = `${network.first}/${network.bits}`
    return fail(`${network.host}/${network.bits} is not a valid prefix. Did you mean ${meant}?`)
  }
  return { value: `${network.host}/${network.bits}` }
}

function decodeMac(field: Field, raw: unknown): Decoded {
  if (raw === '') return fail('This field may not be blank.')
  const mac = macFrom(raw)
  if (mac) return { value: mac }
  // As a field of an interface it is judged with the model's rules.
  return field.writeOnly ? { value: raw } : fail(`Invalid MAC address format: ${raw}`)
}

function decodeType(field: Field, raw: unknown, context: Context): Decoded {
  const known = typeof raw === 'string' && (field.types?.includes(raw) ?? context.models.has(raw))
  if (known) return { value: raw }
  return typeof raw === 'string' && /^[^.]+\.[^.]+$/.test(raw)
    ? fail(`Invalid content type: ${raw}`)
    : fail("Invalid value. Specify a content type as '<app_label>.<model_name>'.")
}

function decodeTypes(field: Field, raw: unknown, context: Context): Decoded {
  if (!Array.isArray(raw)) return fail('Expected a list of items but got type "str".')
  const value: string[] = []
  for (const item of raw) {
    const one = decodeType(field, item, context)
    if ('error' in one) return one
    value.push(String(one.value))
  }
  return { value: [...new Set(value)].sort() }
}

function decodeRanges(raw: unknown): Decoded {
  const isRange = (item: unknown) =>
    Array.isArray(item) && item.length === 2 && item.every((n) => Number.isInteger(n))
  if (!Array.isArray(raw) || !raw.every(isRange)) {
    return fail('Ranges must be specified in the form (lower, upper).')
  }
  return { value: raw }
}

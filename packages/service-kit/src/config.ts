import { readFileSync } from 'node:fs'
import { ProxboxError } from '@proxbox/contracts'
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** What every service reads from its environment. */
export const baseConfig = {
  NATS_URL: Type.String({ pattern: '^(nats|tls|wss?)://', description: 'message bus' }),
  NATS_NKEY_FILE: Type.Optional(
    Type.String({ description: 'file with the nkey seed of this service' })
  ),
  NATS_CREDS: Type.Optional(Type.String({ description: 'credentials file, instead of an nkey' })),
  NATS_CA_FILE: Type.Optional(Type.String()),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info'
  }),
  PROXBOX_SERVICE_HOST: Type.String({
    default: '127.0.0.1',
    description: 'where health and metrics listen'
  }),
  PROXBOX_SERVICE_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65535 })
} satisfies TProperties

/** A text that may also come as `NAME_FILE`. */
export const secretText = (options: Record<string, unknown> = {}) =>
  Type.String({ ...options, secret: true })

/** 32 bytes in base64; encrypts credentials at rest and on the bus. */
export const encryptionKey = secretText({
  pattern: '^[A-Za-z0-9+/]{43}=$',
  description: '32 bytes, base64'
})

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as one typed object: defaults applied, numbers and booleans converted, `NAME_FILE` read for secrets.
 *
 * @throws ProxboxError CONFIG_INVALID that names every fault at once; values of secrets are never part of it.
 */
export function readConfig<S extends TObject>(schema: S, environment: Environment): Static<S> {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const raw = rawValue(name, property, environment, faults)
    if (raw !== undefined) values[name] = Value.Convert(property, raw)
  }
  const filled = Value.Default(schema, values)
  for (const error of Value.Errors(schema, filled)) faults.push(faultText(error, schema))
  if (faults.length > 0)
    throw new ProxboxError('CONFIG_INVALID', { faults: [...new Set(faults)].join('; ') })
  return filled as Static<S> // Value.Errors found nothing wrong with it
}

function rawValue(
  name: string,
  property: TSchema,
  environment: Environment,
  faults: string[]
): string | undefined {
  const direct = environment[name]
  const file = environment[`${name}_FILE`]
  if (!('secret' in property) || file === undefined || file === '')
    return direct === '' ? undefined : direct
  if (direct !== undefined && direct !== '') {
    faults.push(`${name} and ${name}_FILE are both set: keep one`)
    return direct
  }
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    faults.push(`${name}_FILE: ${file} cannot be read`)
    return undefined
  }
}

interface SchemaFault {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

function faultText(fault: SchemaFault, schema: TObject): string {
  if (fault.keyword === 'required' && 'requiredProperties' in fault.params) {
    return (fault.params.requiredProperties as readonly string[])
      .map((name) => `${name} is missing`)
      .join('; ') // typebox: texts
  }
  const name = fault.instancePath.slice(1)
  const hint: unknown =
    schema.properties[name] === undefined
      ? undefined
      : Reflect.get(schema.properties[name], 'description')
  return `${name} ${fault.message}${typeof hint === 'string' ? ` (${hint})` : ''}`
}

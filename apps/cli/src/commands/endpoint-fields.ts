import { readFile } from 'node:fs/promises'
import { stdin } from 'node:process'
import { text as readText } from 'node:stream/consumers'
import {
  type EndpointKind,
  fastapiEndpointWrite,
  netboxEndpointWrite,
  proxmoxEndpointWrite
} from '@proxbox/contracts'
import { ApiError } from '../client/api.ts'

const fields = {
  proxmox: proxmoxEndpointWrite,
  netbox: netboxEndpointWrite,
  fastapi: fastapiEndpointWrite
} as const

/** The body that `field=value` words make; `field=@file` reads a file, `field=-` standard input. @throws ApiError */
export async function fieldsFrom(
  kind: EndpointKind,
  assignments: readonly string[]
): Promise<Record<string, unknown>> {
  const body: Record<string, unknown> = {}
  for (const assignment of assignments) {
    const [, name, text] = /^([a-z0-9_]+)=(.*)$/s.exec(assignment) ?? []
    if (name === undefined || text === undefined) throw notOfTheForm(assignment)
    if (!(name in fields[kind]))
      throw new ApiError(
        400,
        `${name} is no field of a ${kind} Endpoint; it has ${Object.keys(fields[kind]).join(', ')}.`
      )
    if (name === 'policies')
      throw new ApiError(400, 'Policies are set one by one: --policy kind.field=policy.')
    body[name] = valueFrom(Reflect.get(fields[kind], name), await textOf(name, text))
  }
  return body
}

/** What stands behind "=" may be a secret, and errors are kept in logs. */
function notOfTheForm(assignment: string): ApiError {
  const shown = assignment.replace(/=.*$/s, '=…')
  const remedy = 'a field has a name of small letters, digits and "_", such as token_value'
  return new ApiError(400, `"${shown}" is not of the form field=value: ${remedy}.`)
}

async function textOf(field: string, text: string): Promise<string> {
  if (text.startsWith('@')) return (await fileText(field, text.slice(1))).trim()
  return text === '-' ? (await readText(stdin)).trim() : text
}

async function fileText(field: string, path: string): Promise<string> {
  const remedy = 'name a file that you may read, or - for standard input'
  return await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ApiError(400, `${field}: ${path} cannot be read: ${remedy}.`, { cause })
  })
}

/** Numbers and booleans where the field has them, `null` for nothing; everything else stays text. */
function valueFrom(schema: unknown, text: string): unknown {
  if (text === 'null') return null
  const shape = JSON.stringify(schema)
  if (shape.includes('"boolean"') && /^(true|false)$/i.test(text))
    return text.toLowerCase() === 'true'
  const isNumber = shape.includes('"integer"') || /"enum":\[\d/.test(shape)
  return isNumber && /^-?\d+$/.test(text) ? Number(text) : text
}

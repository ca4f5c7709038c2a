/** `contract`: what readers of the old backend need, byte for byte. `browser`: EventSource. */
export type SseStyle = 'contract' | 'browser'

export interface OutgoingSseEvent {
  readonly event: string
  /** Anything that JSON can hold. */
  readonly data: unknown
  readonly id?: string
}

/**
 * One event as bytes, made once for all clients. `contract` never writes `id:` or `retry:`: its
 * readers take such a line for data. Lines end with LF alone.
 *
 * @throws TypeError for data without JSON form, an empty name, or a line break in name or id
 */
export function formatSseEvent(event: OutgoingSseEvent, style: SseStyle): Buffer {
  const name = oneLine(event.event, 'event')
  if (name === '') throw new TypeError('an event needs a name')
  if (style === 'contract') {
    return Buffer.from(`event: ${name}\ndata: ${encodePythonJson(event.data)}\n\n`, 'utf8')
  }
  const json: string | undefined = JSON.stringify(event.data)
  if (json === undefined) throw new TypeError('the data of an event has no JSON form')
  const id = event.id === undefined ? '' : `id: ${oneLine(event.id, 'id')}\n`
  return Buffer.from(`${id}event: ${name}\ndata: ${json}\n\n`, 'utf8')
}

/**
 * JSON as Python's `json.dumps` writes it by default: `", "` and `": "` between parts, and ASCII
 * only, so that readers who split at any Unicode line boundary never cut a string. What may be
 * stored, and numbers, are as in JSON.stringify.
 *
 * @throws TypeError for a value without JSON form (undefined, a cycle, a bigint)
 */
export function encodePythonJson(value: unknown): string {
  const json: string | undefined = JSON.stringify(value)
  if (json === undefined) throw new TypeError('the value has no JSON form')
  // Parsed again, because toJSON, undefined members and cycles are dealt with by then.
  return spaced(JSON.parse(json))
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${ascii(key)}: ${spaced(member)}`)
    return `{${members.join(', ')}}`
  }
  return typeof value === 'string' ? ascii(value) : JSON.stringify(value)
}

// Python's ESCAPE_ASCII takes DEL in, JSON.stringify does not; astral characters become two escapes.
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

function oneLine(text: string, what: string): string {
  if (/[\r\n\0]/.test(text)) throw new TypeError(`a line break or NUL in the ${what} of an event`)
  return text
}

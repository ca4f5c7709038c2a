import type { ServerResponse } from 'node:http'
import type { Response } from './engine/message.ts'

export function sendAnswer(answer: ServerResponse, response: Response): void {
  const text = textOf(response)
  answer.writeHead(response.status, {
    ...response.headers,
    'Content-Length': String(Buffer.byteLength(text))
  })
  answer.end(text)
}

/** The headers promise the whole body; half of it comes. */
export function sendHalf(answer: ServerResponse, response: Response): void {
  const bytes = Buffer.from(textOf(response))
  answer.writeHead(response.status, {
    ...response.headers,
    'Content-Length': String(bytes.length)
  })
  answer.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => answer.destroy())
}

function textOf({ body, headers, status }: Response): string {
  if (body === undefined || status === 204) return ''
  const isText = typeof body === 'string' && headers['Content-Type']?.startsWith('text/')
  return isText ? String(body) : JSON.stringify(body)
}

const TITLES: Readonly<Record<number, string>> = {
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out'
}

/** What a proxy in front of NetBox answers by itself. */
export function proxyPage(status: number, retryAfter?: number): Response {
  const title = `${status} ${TITLES[status]}`
  const headers: Record<string, string> = { 'Content-Type': 'text/html' }
  if (status === 429 || status === 503) headers['Retry-After'] = String(retryAfter ?? 1)
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { status, headers, body }
}

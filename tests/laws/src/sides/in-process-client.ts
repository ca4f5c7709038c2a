import type { HttpResponse } from '@proxbox/http'
import { type NetBox, openNetBox } from '@proxbox/netbox'
import type { NetBoxState } from '@proxbox/simulator/netbox'
import { connectionTo } from './connection.ts'

/** The collector's client of a NetBox without a socket: the state answers at once, and no pause takes time. */
export function clientOf(state: NetBoxState): NetBox {
  let ahead = 0
  let writes = 0
  let reads = 0
  const open = openNetBox(connectionTo('http://127.0.0.1', 'unused'), {
    lanes: 1,
    now: () => ahead,
    random: () => 0.5
  })
  const ask = (method: string, path: string, query: object, body?: unknown): HttpResponse => {
    const words = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one) => `${name}=${encodeURIComponent(String(one))}`)
    )
    const {
      status,
      headers,
      body: answer
    } = state.handle({
      method,
      path: `/api/${path}`,
      query: words.join('&'),
      ...(body === undefined ? {} : { body })
    })
    return {
      status,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
      ),
      get text() {
        return typeof answer === 'string' ? answer : JSON.stringify(answer ?? '')
      },
      json: () => answer,
      ms: 0
    } as HttpResponse // what the client's own parts of it look at
  }
  return {
    ...open,
    requests: () => ({ reads, writes }),
    inside: {
      ...open.inside,
      version: state.version,
      sleep: async (ms) => {
        ahead += ms
      },
      get: async (path, query) => {
        reads += 1
        return ask('GET', path, query)
      },
      options: async (path) => {
        reads += 1
        return ask('OPTIONS', path, {})
      },
      write: async (method, { path, query, body }) => {
        writes += 1
        return ask(method, path, query, body)
      }
    }
  }
}

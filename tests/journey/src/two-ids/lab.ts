import { createWorld, openProxmoxServer, type World } from '@proxbox/simulator/proxmox'
import { type Journey, listAll, openJourney, type Told } from '../journey.ts'
import { type Gate, openGate } from '../keepers/open-gate.ts'
import type { Place } from '../keepers/place.ts'
import { mustSay } from '../type-command.ts'

/** An installation over a NetBox that nobody keeps yet, and everything that passes between the two. */
export interface Lab {
  readonly journey: Journey
  readonly place: Place
  readonly world: World
  /** One full update, and what it has asked of NetBox by method, reads apart. */
  sync(): Promise<Told & { readonly writes: Readonly<Record<string, number>> }>
  close(): Promise<void>
}

export async function openLab(place: Place): Promise<Lab> {
  const journey = await openJourney()
  const gate: Gate = await openGate(place)
  await journey.addNetBox(gate, { name: 'main', vlan_create: true })
  return {
    journey,
    place,
    world: createWorld({ guests: 3, nodes: 2, seed: 21, simple: true, clusterName: 'lab' }),
    async sync() {
      gate.clear()
      const told = await journey.sync()
      const { GET: _reads, ...writes } = gate.counts()
      return { ...told, writes }
    },
    async close() {
      await journey.close()
      await gate.close()
    }
  }
}

/** A Proxmox Endpoint whose server can be replaced by another at the same address. */
export async function openAddress({ journey }: Lab, first: World) {
  let server = await openProxmoxServer({ world: first })
  const { port } = server
  const facts = () => ({
    ...{ username: server.username, token_name: server.tokenName, token_value: server.tokenValue },
    ca_certificate: server.caCertificate
  })
  const body = { name: 'edge', domain: '127.0.0.1', port, ...facts() }
  const { id } = await journey.want<{ id: number }>('POST', '/proxmox-endpoints/', body)
  return {
    async swap(world: World): Promise<void> {
      await server.close()
      server = await openProxmoxServer({ world, port })
      await journey.want('PATCH', `/proxmox-endpoints/${id}/`, facts())
    },
    close: () => server.close()
  }
}

/** The same guests on the same nodes, after the cluster was renamed and got a CA of its own anew. */
export const renewed = (world: World, clusterName: string): World => ({
  ...structuredClone(world),
  ...{ clusterName, certificates: null }
})

interface Question {
  readonly id: number
  readonly detail: string
}

/** The one question that is open. */
export async function questionIn({ journey }: Lab): Promise<Question> {
  const path = '/conflicts/?code=cluster-contradicts&state=open'
  const [question, ...others] = await listAll<Question>(journey, path)
  if (question === undefined || others.length > 0)
    throw new Error(`${others.length + (question === undefined ? 0 : 1)} questions`)
  return question
}

/** A person reads the question and types the command that it offers. */
export async function decide(
  { journey }: Lab,
  { id }: Question,
  answer: 'same' | 'another'
): Promise<void> {
  const page = await mustSay(journey, `conflicts show ${id}`)
  const line = new RegExp(`proxbox (conflicts decide ${id} ${answer}:\\S+)`).exec(page)?.[1]
  if (line === undefined) throw new Error(`no ${answer} in ${page}`)
  await mustSay(journey, line)
}

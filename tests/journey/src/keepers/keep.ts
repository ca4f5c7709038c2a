import { createWorld, type World } from '@proxbox/simulator/proxmox'
import { type Journey, openJourney } from '../journey.ts'
import { type Gate, openGate } from './open-gate.ts'
import type { Ground, Place } from './place.ts'
import { ask } from './rows-of.ts'

/** A NetBox Endpoint and the address through which only it reaches its NetBox. */
export interface Row {
  readonly id: number
  readonly gate: Gate
}

/** An installation of Proxbox with one cluster. */
export interface Installation {
  readonly journey: Journey
  readonly world: World
  addRow(name: string, place: Place, fields?: object): Promise<Row>
  removeRow(row: Row): Promise<void>
  close(): Promise<void>
}

/** @param world the cluster, where another installation sees it too */
export async function openInstallation(world: World = makeWorld()): Promise<Installation> {
  const journey = await openJourney()
  const gates = new Set<Gate>()
  // Every installation sees the cluster at an address of its own; its links lead to one.
  await journey.proxmox(world, { link_base: 'https://pve.example.org:8006' })
  return {
    journey,
    world,
    async addRow(name, place, fields = {}) {
      const gate = await openGate(place)
      gates.add(gate)
      return { id: await journey.addNetBox(gate, { name, ...fields }), gate }
    },
    async removeRow({ id, gate }) {
      await journey.want('DELETE', `/netbox-endpoints/${id}/`)
      gates.delete(gate)
      await gate.close()
    },
    async close() {
      await journey.close()
      await Promise.all([...gates].map((gate) => gate.close()))
    }
  }
}

const makeWorld = () =>
  createWorld({ guests: 3, nodes: 1, seed: 31, simple: true, clusterName: 'lab' })

/** A NetBox that an installation keeps as `production`, with something of a person in it. */
export interface Kept extends Installation {
  readonly ground: Ground
  readonly production: Row
}

export async function keepProduction(ground: Ground): Promise<Kept> {
  const installation = await openInstallation()
  try {
    const production = await installation.addRow('production', ground.production)
    await mustSucceed(installation.journey, production)
    await editAsPerson(ground.production)
    await mustSucceed(installation.journey, production)
    return { ...installation, ground, production }
  } catch (error) {
    await installation.close()
    throw error
  }
}

async function mustSucceed(journey: Journey, { id }: Row): Promise<void> {
  const { run } = await journey.sync({ netbox_endpoint_ids: [id] })
  if (run.state.value !== 'succeeded') throw new Error(JSON.stringify([run.error, run.errors]))
}

/** Of each sort that a Run could take away: a name, a text, a tag, a custom field, a note, an object. */
async function editAsPerson(place: Place): Promise<void> {
  const [first, second] = (
    await ask<{ results: { id: number; tags: { id: number }[] }[] }>(
      place,
      'GET',
      'virtualization/virtual-machines/?limit=2'
    )
  ).results
  if (first === undefined || second === undefined) throw new Error('a Run has made no guests')
  await ask(place, 'POST', 'extras/custom-fields/', {
    name: 'contact',
    type: 'text',
    object_types: ['virtualization.virtualmachine']
  })
  const tag = await ask<{ id: number }>(place, 'POST', 'extras/tags/', {
    name: 'Gold',
    slug: 'gold'
  })
  await ask(place, 'PATCH', `virtualization/virtual-machines/${first.id}/`, {
    name: 'named-by-hand',
    description: 'ask before a restart',
    comments: 'by hand',
    tags: [...first.tags.map(({ id }) => ({ id })), { id: tag.id }],
    custom_fields: { contact: 'Ada' }
  })
  await ask(place, 'POST', 'extras/journal-entries/', {
    assigned_object_type: 'virtualization.virtualmachine',
    assigned_object_id: second.id,
    comments: 'moved from the old rack'
  })
  await ask(place, 'POST', 'dcim/sites/', { name: 'Elsewhere', slug: 'elsewhere' })
}

import type { Chapter } from './chapters.ts'
import type { LifeCase } from './life.ts'

/** A Run, and nothing that happened before it. */
const quiet: Chapter = {
  proxmox: [],
  hands: [],
  settings: [],
  days: 0,
  deed: 'nothing',
  which: 0,
  loss: 'config'
}

const livedBy = (world: Partial<LifeCase>, ...chapters: readonly Partial<Chapter>[]): LifeCase => ({
  ...{ seed: 0, guests: 1, nodes: 1, version: '4.5.9', ...world },
  chapters: chapters.map((one) => ({ ...quiet, ...one }))
})

/** NetBox as it was: `which` counts the ends of the Runs, and 0 is before the first one. */
const restored = (which: number): Partial<Chapter> => ({ deed: 'restore', which })

/** Smallest lives that broke the law once, or that show what it guards: each by what happens in it. */
export const knownLives = {
  'NetBox restored from before a NIC had another MAC, and its guest was made anew': livedBy(
    {},
    quiet,
    {
      proxmox: [{ what: 'nic', guest: 0, way: 0 }],
      hands: [{ what: 'delete', which: 0, way: 0 }]
    },
    restored(1)
  ),
  'NetBox restored from before a guest and its tags': livedBy(
    { seed: 21 },
    { deed: 'look away', loss: 'node' },
    quiet,
    restored(1)
  ),
  'a custom field that a person made anew for VMs alone': livedBy(
    { guests: 0 },
    quiet,
    { hands: [{ what: 'narrow custom field', which: 3, way: 0 }] },
    { hands: [{ what: 'other type of custom field', which: 3, way: 0 }] }
  ),
  'trunks on an interface whose mode is filled once': livedBy(
    {},
    quiet,
    { proxmox: [{ what: 'nic', guest: 0, way: 4 }], settings: [{ what: 'policy', way: 33 }] },
    quiet
  ),
  'all vanished, and what was held for that alone is approved': livedBy(
    { guests: 2 },
    quiet,
    restored(0),
    { deed: 'approve' },
    quiet
  ),
  'a guest that a person deleted': livedBy({}, quiet, {
    hands: [{ what: 'delete', which: 0, way: 0 }]
  }),
  'a guest under another VMID, and the answer what to do': livedBy(
    {},
    quiet,
    { proxmox: [{ what: 'other vmid', guest: 0, way: 0 }] },
    { deed: 'decide' }
  ),
  'a guest under another VMID, cloned before its question is answered': livedBy(
    {},
    quiet,
    { proxmox: [{ what: 'other vmid', guest: 0, way: 0 }] },
    { proxmox: [{ what: 'clone', guest: 0, way: 1 }], deed: 'decide' }
  ),
  'a guest under another VMID, from whose object a tag was taken': livedBy(
    {},
    quiet,
    { hands: [{ what: 'no tags', which: 0, way: 0 }] },
    { proxmox: [{ what: 'tags', guest: 0, way: 2 }] },
    {
      proxmox: [{ what: 'other vmid', guest: 0, way: 0 }],
      settings: [{ what: 'rebuilt guests', way: 0 }]
    }
  ),
  'a cluster whose Endpoint tells another site than before': livedBy(
    {},
    quiet,
    {
      proxmox: [{ what: 'add', guest: 0, way: 0 }],
      hands: [{ what: 'device of its name', which: 0, way: 7 }],
      settings: [{ what: 'endpoint of the cluster', way: 56 }]
    },
    quiet
  ),
  'NetBox restored from before all was taken back and made anew': livedBy(
    { guests: 2 },
    quiet,
    { deed: 'undo' },
    quiet,
    { ...restored(1), proxmox: [{ what: 'add', guest: 0, way: 0 }] }
  )
} satisfies Readonly<Record<string, LifeCase>>

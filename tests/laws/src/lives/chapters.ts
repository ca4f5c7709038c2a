import fc from 'fast-check'
import { losses } from '../degrade.ts'
import { type Mutation, mutations } from '../mutate.ts'
import { type Deed, handiwork } from '../storm/hands.ts'
import { settingWays } from '../ways/settings.ts'

// `satisfies` there keeps the keys: they are exactly these.
const settings = Object.keys(settingWays) as (keyof typeof settingWays)[]

/** Who gives one VM the identity of another has two of it: `after hands` tells what becomes of that. */
const isOneEach = (deeds: readonly Deed[]) =>
  deeds.every(({ what }) => what !== 'identity of another')

/** What people and Proxmox do that ends in a question more often than not, so that there is something to answer. */
const quarrels: readonly Deed['what'][] = [
  'address elsewhere',
  'address of a group',
  'address once more',
  'vm of its name',
  'device of its name',
  'part by hand',
  'delete'
]
const moves: readonly Mutation['what'][] = [
  'add',
  'other vmid',
  'clone',
  'addresses',
  'second nic',
  'addresses change places'
]

const some = <T extends string>(whats: readonly T[], ways: number) =>
  fc.array(fc.record({ what: fc.constantFrom(...whats), which: fc.nat(9), way: fc.nat(ways) }), {
    minLength: 1,
    maxLength: 2
  })

const nothing = { weight: 3, arbitrary: fc.constant([]) }
const often = <T>(arbitrary: fc.Arbitrary<T>) => ({ weight: 2, arbitrary })

/** What happens between two Runs, and what a person asks of Proxbox then. */
export const chapters = fc.array(
  fc.record({
    proxmox: fc.oneof(
      nothing,
      often(mutations),
      often(
        some(moves, 11).map((all) => all.map(({ which, ...one }) => ({ ...one, guest: which })))
      )
    ),
    hands: fc.oneof(nothing, often(handiwork.filter(isOneEach)), often(some(quarrels, 11))),
    settings: fc.oneof(
      nothing,
      often(some(settings, 59).map((all) => all.map(({ what, way }) => ({ what, way }))))
    ),
    days: fc.constantFrom(0, 0, 1, 8),
    deed: fc.constantFrom(
      'nothing',
      'decide',
      'decide',
      'approve',
      'undo',
      'restore',
      'restore',
      'look away'
    ),
    which: fc.nat(9),
    loss: fc.constantFrom(...losses)
  }),
  { minLength: 1, maxLength: 5, size: 'max' }
)
export type Chapter = typeof chapters extends fc.Arbitrary<(infer T)[]> ? T : never

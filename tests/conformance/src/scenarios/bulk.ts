import type { Scenario, Step } from './scenario.ts'
import { world } from './world.ts'

const TAGS = '/extras/tags/'
const VM = '/virtualization/virtual-machines/'

const count = (query: string, path: typeof TAGS | typeof VM = TAGS): Step => ({
  ask: `GET ${path}?${query}`,
  gives: 200,
  see: ['count']
})

export const bulk: readonly Scenario[] = [
  {
    name: 'a list is created, changed and deleted as one',
    steps: [
      {
        ask: `POST ${TAGS}`,
        body: [
          { name: 'a', slug: 'a' },
          { name: 'b', slug: 'b' }
        ],
        keep: 'made',
        gives: 201,
        see: ['0.name', '1.name', 'length']
      },
      {
        ask: `PATCH ${TAGS}`,
        body: [
          { id: '$made.1.id', description: 'second' },
          { id: '$made.0.id', description: 'first' }
        ],
        gives: 200,
        see: ['length', '0.description', '1.description']
      },
      { ask: `PATCH ${TAGS}`, body: [], gives: 200, see: ['length'] },
      {
        ask: `PUT ${TAGS}`,
        body: [{ id: '$made.0.id', name: 'A', slug: 'a' }],
        gives: 200,
        see: ['0.name', '0.description']
      },
      {
        ask: `DELETE ${TAGS}`,
        body: [{ id: '$made.0.id' }, { id: '$made.1.id' }],
        gives: 204
      },
      { ask: `DELETE ${TAGS}`, body: [], gives: 204 },
      count('name=a')
    ]
  },
  {
    name: 'one bad item refuses a whole creation and says which',
    steps: [
      {
        ask: `POST ${TAGS}`,
        body: [{ name: 'a', slug: 'a' }, { name: 'b', slug: 'not good' }, { slug: 'c' }],
        gives: 400
      },
      {
        ask: `POST ${TAGS}`,
        body: [
          { name: 'a', slug: 'a' },
          { name: 'a', slug: 'a' }
        ],
        gives: 400
      },
      { ask: `POST ${TAGS}`, body: [{ name: 'a', slug: 'a' }, 7], gives: 400 },
      { ask: `POST ${TAGS}`, body: [{ name: 'a', slug: 'a' }, null], gives: 400 },
      count('limit=1')
    ]
  },
  {
    name: 'one bad item refuses a whole change and says which',
    steps: [
      ...world,
      {
        ask: `PATCH ${TAGS}`,
        body: [
          { id: '$one.id', description: 'changed' },
          { id: '$two.id', color: 'red' }
        ],
        gives: 400,
        compare: 'seen'
      },
      {
        ask: `PATCH ${TAGS}`,
        body: [
          { id: '$one.id', name: 'two', slug: 'two' },
          { id: '$two.id', slug: 'not good' }
        ],
        gives: 400
      },
      {
        ask: `PATCH ${TAGS}`,
        body: [{ id: '$one.id', description: 'changed' }, { id: 99999 }],
        gives: 400
      },
      { ask: `PATCH ${TAGS}`, body: [{ description: 'no id' }], gives: 400 },
      { ask: `PATCH ${TAGS}`, body: [{ id: 'x' }], gives: 400 },
      { ask: `PATCH ${TAGS}`, body: [{ id: null }], gives: 400 },
      { ask: `PATCH ${TAGS}`, body: [7], gives: 400 },
      {
        ask: `PATCH ${TAGS}`,
        body: [
          { id: '$one.id', description: 'first' },
          { id: '$one.id', description: 'second' }
        ],
        gives: 400
      },
      count('description=changed'),
      { ask: `DELETE ${TAGS}`, body: [{ id: '$one.id' }, { id: 99999 }], gives: 400 },
      { ask: `DELETE ${TAGS}`, body: [{ id: 'x' }], gives: 400 },
      { ask: `DELETE ${TAGS}`, body: ['$one.id'], gives: 400 },
      { ask: `DELETE ${TAGS}`, gives: 400 },
      count('slug=one')
    ]
  },
  {
    name: 'names are unique within a batch too',
    steps: [
      ...world,
      {
        ask: `POST ${VM}`,
        body: [
          { name: 'db', cluster: '$cluster.id' },
          { name: 'DB', cluster: '$cluster.id' }
        ],
        gives: 400
      },
      {
        ask: `POST ${VM}`,
        body: [
          { name: 'db', cluster: '$cluster.id' },
          { name: 'cache', cluster: '$cluster.id' }
        ],
        keep: 'vms',
        gives: 201
      },
      {
        ask: `PATCH ${VM}`,
        body: [
          { id: '$vms.0.id', name: 'cache' },
          { id: '$vms.1.id', name: 'db' }
        ],
        gives: 400
      },
      count('name=db', VM)
    ]
  }
]

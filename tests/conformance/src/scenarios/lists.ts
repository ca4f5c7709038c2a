import type { Scenario, Step } from './scenario.ts'

const TAGS = '/extras/tags/'

const tags: readonly Step[] = [
  {
    ask: `POST ${TAGS}`,
    body: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, slug: name, color: 'ff0000' })),
    keep: 'tags',
    gives: 201
  }
]

const page = ['count', 'next', 'previous', 'results.length', 'results.0.name']

export const lists: readonly Scenario[] = [
  {
    name: 'pages by limit and offset, clamped and without end',
    steps: [
      ...tags,
      { ask: `GET ${TAGS}?limit=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=2&offset=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=2&offset=4`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=2&offset=9`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=0`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=999999`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=-1`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=many`, gives: 200, see: page },
      { ask: `GET ${TAGS}?offset=-3`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=2&ordering=-name`, gives: 200, see: page },
      { ask: `GET ${TAGS}?limit=2&name=a&name=b`, gives: 200, see: page }
    ]
  },
  {
    name: 'pages by cursor, and by the last id seen',
    steps: [
      ...tags,
      { ask: `GET ${TAGS}?start=0&limit=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?start={tags.2.id}&limit=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?start={tags.4.id}&limit=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?start=99999&limit=2`, gives: 200, see: page },
      { ask: `GET ${TAGS}?start=0&limit=0`, gives: 200, see: page },
      { ask: `GET ${TAGS}?start=0&offset=2`, gives: 400 },
      { ask: `GET ${TAGS}?start=0&ordering=name`, gives: 400 },
      { ask: `GET ${TAGS}?start=x`, gives: 400 },
      { ask: `GET ${TAGS}?start=-1`, gives: 400 },
      {
        ask: `GET ${TAGS}?id__gte={tags.3.id}&ordering=id&limit=1`,
        gives: 200,
        see: ['count', 'results.0.name']
      },
      { ask: `GET ${TAGS}?id__gt={tags.3.id}&ordering=id`, gives: 200, see: page }
    ]
  },
  {
    name: 'fields, omit and brief choose what is told',
    steps: [
      ...tags,
      { ask: `GET ${TAGS}?fields=id,name&limit=1`, gives: 200, see: ['results'] },
      { ask: `GET ${TAGS}?fields=name,nothing&limit=1`, gives: 200, see: ['results'] },
      {
        ask: `GET ${TAGS}?omit=id,url,display_url,created,last_updated&limit=1`,
        gives: 200,
        see: ['results']
      },
      { ask: `GET ${TAGS}?brief=true&limit=1`, gives: 200, see: ['results'] },
      { ask: `GET ${TAGS}?brief=1&limit=1`, gives: 200, see: ['results'] },
      { ask: `GET ${TAGS}{tags.0.id}/?fields=name`, gives: 200, see: ['name', 'id'] },
      { ask: `GET ${TAGS}{tags.0.id}/?brief=true`, gives: 200, see: ['name', 'color', 'weight'] }
    ]
  },
  {
    name: 'unknown filters are ignored, bad values are not',
    steps: [
      ...tags,
      { ask: `GET ${TAGS}?nothing=1`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?name__nothing=1`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?id=x`, gives: 400 },
      { ask: `GET ${TAGS}?id__gte=x`, gives: 400 },
      { ask: `GET ${TAGS}?id=99999`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?name__ic=A`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?name__n=a`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?name__empty=true`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?q=b`, gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?created__gte=yesterday`, gives: 400 },
      { ask: 'GET /virtualization/virtual-machines/?cluster_id=99999', gives: 400 },
      { ask: 'GET /virtualization/virtual-machines/?cluster_id=x', gives: 400 },
      { ask: 'GET /virtualization/virtual-machines/?cluster=none', gives: 400 },
      { ask: 'GET /virtualization/virtual-machines/?status=bad', gives: 400 },
      { ask: 'GET /virtualization/virtual-machines/?tag=none', gives: 400 },
      { ask: 'GET /ipam/ip-addresses/?address=nothing', gives: 200, see: ['count'] },
      { ask: 'GET /ipam/ip-addresses/?vrf_id=null', gives: 200, see: ['count'] },
      { ask: `GET ${TAGS}?ordering=nothing`, gives: 200, see: ['count'] }
    ]
  }
]

import type { CurrentItem, Fields, KindName, Plan } from '@proxbox/contracts'
import type { Bench } from '../bench.ts'
import type { SessionOptions } from '../session.ts'
import { Lab } from './lab.ts'
import type { MadeGuest } from './proxmox-lab.ts'

const two: readonly MadeGuest[] = [
  { vmid: 100, name: 'web' },
  { vmid: 101, name: 'db' }
]

/** A NetBox that is kept by somebody else, and guests that Proxbox sees for the first time. */
export class Fixture {
  readonly lab: Lab
  constructor(lab: Lab) {
    this.lab = lab
  }

  static async open(
    bench: Bench,
    guests: readonly MadeGuest[] = two,
    options: SessionOptions = {}
  ): Promise<Fixture> {
    const lab = new Lab(await bench.session('4.7.3', options))
    for (const one of guests) lab.proxmox.add(one)
    return new Fixture(lab)
  }

  async make(kind: KindName, fields: Fields): Promise<CurrentItem> {
    const [made] = await this.lab.netbox.create(kind, [{ fields }])
    if (made === undefined) throw new Error(`no ${kind}`)
    return made
  }

  /** Makes an object of a kind that Proxbox only refers to; gives back its id. */
  async call(path: string, body: object): Promise<number> {
    const made = await this.lab.netbox.call('POST', path, body)
    const id = typeof made === 'object' && made !== null && 'id' in made ? Number(made.id) : NaN
    if (!Number.isInteger(id)) throw new Error(`${path}: no id`)
    return id
  }

  async home(): Promise<{ ref: string }> {
    const [site] = await this.lab.all('site')
    if (site === undefined) throw new Error('no site')
    return { ref: site.key }
  }

  async cluster(name = 'lab', more: Fields = {}): Promise<CurrentItem> {
    const slug = `type-${name.toLowerCase()}`
    const type = await this.make('cluster-type', { name: slug, slug })
    return await this.make('cluster', {
      name,
      type: { ref: type.key },
      status: 'active',
      scope: await this.home(),
      ...more
    })
  }

  async customFields(names: readonly (readonly [string, string])[]): Promise<void> {
    for (const [name, type] of names) {
      await this.make('custom-field', {
        name,
        type,
        object_types: ['virtualization.virtualmachine']
      })
    }
  }

  /** The first Plan: what it is asked about, it tells; then it is applied, and nothing is left to do. */
  async settle(): Promise<Plan> {
    const plan = await this.lab.sync()
    await this.lab.quiet()
    return plan
  }
}

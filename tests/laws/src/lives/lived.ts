import { approvableGuards, type Estate, type Plan } from '@proxbox/contracts'
import type { World } from '@proxbox/simulator/proxmox'
import { degraded } from '../degrade.ts'
import type { StoredRun } from '../inventory.ts'
import { mutate } from '../mutate.ts'
import { onlyPlanned } from '../only-planned.ts'
import { readWorld } from '../proxmox-side.ts'
import type { Session } from '../session.ts'
import { doAll } from '../storm/hands.ts'
import { toldChanges } from '../told.ts'
import { settingWays } from '../ways/settings.ts'
import type { Chapter } from './chapters.ts'
import { lostFrom, mustNotAsk } from './lost.ts'
import { settledAfter } from './settled-after.ts'
import { mustBeOneEach, mustLeadSomewhere, mustStayAnswered } from './truths.ts'

const isWhole = ({ applied }: StoredRun): boolean =>
  [...applied.values()].every(({ state }) => state === 'done')

/** A session, what a person asks of it chapter by chapter, and what must be true after each. */
export class Life {
  private session: Session
  private readonly world: World
  private readonly dumps: (() => Promise<void>)[] = []
  /** In a restored NetBox it cannot be counted what was there. */
  private isRestored = false
  private last: { readonly plan: Plan; readonly run: StoredRun } | undefined

  constructor(session: Session, world: World) {
    this.session = session
    this.world = world
  }

  private async seen(): Promise<Estate> {
    return { clusters: [await readWorld(this.world)], gaps: [] }
  }

  /** Before the first Run: NetBox may be restored from then, too. */
  async begin(): Promise<void> {
    this.dumps.push(await this.session.netbox.save())
  }

  async live(one: Chapter): Promise<void> {
    mutate(this.world, one.proxmox)
    await doAll(this.session.netbox, one.hands)
    for (const { what, way } of one.settings)
      this.session = this.session.with(settingWays[what](this.session.options, way))
    this.session.pass(one.days)
    const seen = await this.seen()
    if (one.deed === 'decide') this.decide(one.which)
    if (one.deed === 'approve') await this.approve(seen)
    if (one.deed === 'undo') await this.undo()
    if (one.deed === 'restore') await this.restore(one.which)
    const [cluster] = seen.clusters
    const answered = one.deed === 'decide' ? this.session.inventory.conflicts : []
    const isBlind = one.deed === 'look away' && cluster !== undefined
    await this.sync(isBlind ? degraded(cluster, one.loss, one.which) : seen)
    mustStayAnswered(answered, this.session.inventory.conflicts)
    this.dumps.push(await this.session.netbox.save())
  }

  /** A person approves all that is held for one: then nothing is, nothing is left to do, and nothing is there twice. */
  async end(): Promise<void> {
    const seen = await this.seen()
    const { more } = this.session.options
    const approved = this.session.with({ more: { ...more, budget: false } })
    for (const _ of [1, 2, 3])
      mustLeadSomewhere(await approved.apply(await approved.planEstate(seen)))
    this.session.now = approved.now
    const { changes, held } = await approved.planEstate(seen)
    if (changes.length > 0) throw new Error(`approved, and left:\n${toldChanges(changes)}`)
    const waiting = held.find(({ guard }) => approvableGuards.includes(guard))
    if (waiting !== undefined)
      throw new Error(`approved, and held: ${waiting.reason}\n${toldChanges([waiting.change])}`)
    await mustBeOneEach(this.session)
  }

  /** Each open conflict is answered: with the same number always the same. */
  private decide(which: number): void {
    const { conflicts, decisions } = this.session.inventory
    for (const { key, field, code, decisions: possible } of conflicts) {
      const one = possible[which % Math.max(1, possible.length)]
      if (one === undefined) continue
      const rule = { key, field, code, decision: one.decision }
      decisions.push({ ...rule, id: decisions.length + 1, user: 'hand', created: '' })
    }
  }

  /** What the last Run has held, as far as both sides still ask for it. */
  private async approve(seen: Estate): Promise<void> {
    const held = (this.last?.plan.held ?? []).filter(({ guard }) =>
      approvableGuards.includes(guard)
    )
    if (held.length === 0) return
    const approved = this.session.with({ more: { ...this.session.options.more, budget: false } })
    const now = await approved.planEstate(seen)
    const planned = new Map(held.map(({ change }) => [change.key, change]))
    const { plan } = onlyPlanned([...planned.values()], now, this.session.netbox.version)
    mustLeadSomewhere(await this.session.apply(plan))
  }

  private async undo(): Promise<void> {
    if (this.last !== undefined)
      mustLeadSomewhere(await this.session.apply(await this.session.planUndo(this.last.run)))
  }

  private async restore(which: number): Promise<void> {
    this.isRestored = true
    await this.dumps[which % Math.max(1, this.dumps.length)]?.()
  }

  /** One Run, and what NetBox has refused of it twice more; then nothing is left to do. */
  private async sync(seen: Estate): Promise<void> {
    const lost = await lostFrom(this.session)
    const plan = await this.session.planEstate(seen)
    if (!this.isRestored) mustNotAsk(plan, lost)
    const run = mustLeadSomewhere(await this.session.apply(plan))
    this.last = { plan, run }
    let again = run
    for (const _ of [1, 2])
      if (!isWhole(again))
        again = mustLeadSomewhere(await this.session.apply(await this.session.planEstate(seen)))
    await settledAfter({ plan, lost }, this.session, seen)
  }
}

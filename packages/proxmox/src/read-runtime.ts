import type { GuestConfig } from '@proxbox/contracts'
import type { Static } from 'typebox'
import Type from 'typebox'
import { AnswerError } from './answer-error.ts'
import { defined } from './defined.ts'
import type { GapFacts, GapScope } from './gap-of.ts'
import { guestInterfacesFrom, type ReadInterfaces } from './guest-interfaces.ts'
import type { EstateGuest } from './parse-cluster.ts'
import {
  agentPrivilegesOf,
  grantCommand,
  type HeldPrivileges,
  isHeld,
  releaseOf
} from './privileges.ts'
import type { ClusterFrame } from './read-cluster.ts'
import { targetOf } from './read-node.ts'
import { isReadFailure, type Reading } from './reading.ts'
import { NonsenseError, tryDecode } from './wire/decode.ts'
import { AgentError, OsInfo } from './wire/schemas.ts'

type Config = Static<typeof GuestConfig>
type Runtime = Pick<EstateGuest, 'interfaces' | 'os'>

/** While these hold, the agent is frozen or about to be gone. */
const SILENT_LOCKS = new Set(['backup', 'snapshot', 'suspending'])

/** pve-container 5.0.6, of Proxmox VE 8.1, has /lxc/{vmid}/interfaces. */
const FIRST_INTERFACES = 8.01

/** Asks running guests what they report of themselves; what cannot be had becomes a gap. */
export function readRuntime(reading: Reading, frame: ClusterFrame) {
  let hasContainerInterfaces = releaseOf(frame.version) >= 8
  const agent = agentReader(reading, frame)

  const unknownCall = (error: AnswerError) => {
    hasContainerInterfaces = false
    // Before 8.1 there is no such call: the static configuration is the source, and nothing is missing.
    if (releaseOf(frame.version) < FIRST_INTERFACES) return
    frame.gaps.addFailure({ scope: 'guests', facet: 'interfaces' }, error)
  }

  const container = async (row: EstateGuest, config: Config): Promise<Runtime> => {
    if (!hasContainerInterfaces) return {}
    const path = `/nodes/${encodeURIComponent(row.node)}/lxc/${row.vmid}/interfaces`
    const target = { node: targetOf(row.node, frame), cost: 'daemon' } as const
    const gap = gapFor(frame, row, 'interfaces')
    try {
      const data = await reading.get(target, path, {})
      if (data === null || data === undefined) {
        // Proxmox VE 8.1 and 8.2 look on the wrong node; a container that just stopped says the same.
        gap({ reason: 'empty', detail: `Proxmox told no interfaces of container ${row.vmid}.` })
        return {}
      }
      return accepted(guestInterfacesFrom(data), config, gap)
    } catch (error) {
      if (error instanceof AnswerError && error.status === 501) unknownCall(error)
      else failed(error, frame, scopeFor(row, 'interfaces'))
      return {}
    }
  }
  return async (row: EstateGuest, config: Config): Promise<Runtime> => {
    if (row.status !== 'running' || config.template) return {}
    if (row.type === 'lxc') return container(row, config)
    if (!config.agentEnabled) return {}
    const lock = config.lock ?? row.lock
    if (lock !== undefined && SILENT_LOCKS.has(lock)) {
      const detail = `Guest ${row.vmid} is locked (${lock}), so its agent was not asked.`
      gapFor(frame, row, 'agent')({ reason: 'partial', detail })
      return {}
    }
    return agent(row, config)
  }
}

/** One question at a time per guest: first the addresses, and only if those came, the system. */
function agentReader(reading: Reading, frame: ClusterFrame) {
  const privileges = agentPrivilegesOf(frame.version)
  const ask = async (row: EstateGuest, command: string): Promise<unknown> => {
    const path = `/nodes/${encodeURIComponent(row.node)}/qemu/${row.vmid}/agent/${command}`
    const target = { node: targetOf(row.node, frame), cost: 'daemon' } as const
    const timeoutMs = reading.proxmox.agentTimeoutMs
    return resultFrom(await reading.get(target, path, { timeoutMs }))
  }
  const os = async (row: EstateGuest): Promise<Runtime['os']> => {
    const info = tryDecode(OsInfo, await ask(row, 'get-osinfo'))
    if (info === undefined) throw new NonsenseError('the agent told no operating system')
    return defined({
      id: info.id,
      versionId: info['version-id'],
      prettyName: info['pretty-name']
    })
  }
  return async (row: EstateGuest, config: Config): Promise<Runtime> => {
    const scope = scopeFor(row, 'agent')
    const held = frame.held.privileges
    if (held !== undefined && !mayAsk(held, row, privileges)) {
      noteDenied(reading, frame, row)
      return {}
    }
    let found: Runtime
    try {
      const rows = await ask(row, 'network-get-interfaces')
      found = accepted(guestInterfacesFrom(rows), config, gapFor(frame, row, 'agent'))
    } catch (error) {
      failed(error, frame, scope)
      return {}
    }
    if (found.interfaces === undefined) return found
    try {
      return defined({ ...found, os: await os(row) })
    } catch (error) {
      // An agent that lacks the command has answered: its system stays unknown, and nothing else is missing.
      if (!(error instanceof AgentRefusal)) failed(error, frame, scope)
      return found
    }
  }
}

function mayAsk(held: HeldPrivileges, row: EstateGuest, privileges: readonly string[]): boolean {
  const paths = [`/vms/${row.vmid}`, ...(row.pool ? [`/pool/${row.pool}`] : [])]
  return paths.some((path) => privileges.some((privilege) => isHeld(held, path, privilege)))
}

/** The agent answered that it will not: an error inside a 200. */
class AgentRefusal extends NonsenseError {}

const Answer = Type.Object({ result: Type.Unknown() })

/** Pure: the agent's `result`. @throws AgentRefusal, NonsenseError */
function resultFrom(data: unknown): unknown {
  const answer = tryDecode(Answer, data)
  if (answer === undefined) throw new NonsenseError('the answer of the agent has no result')
  const refusal = tryDecode(AgentError, answer.result)
  if (refusal === undefined) return answer.result
  const { class: kind = 'Error', desc = 'without words' } = refusal.error
  throw new AgentRefusal(`The agent refused: ${kind}: ${desc}`)
}

/**
 * Even a guest without any network has its loopback: nothing at all is no answer, and half of one neither when it
 * leaves out each card that the configuration has. An interface that it names without an address is known to have none.
 */
function accepted(
  read: ReadInterfaces,
  config: Config,
  gap: (facts: Pick<GapFacts, 'reason' | 'detail'>) => void
): Runtime {
  const { interfaces, nonsense } = read
  if (nonsense !== undefined) gap({ reason: 'nonsense', detail: `It answered ${nonsense}.` })
  else if (interfaces.length === 0)
    gap({ reason: 'empty', detail: 'It named no interface at all.' })
  const macs = new Set(interfaces.map(({ mac }) => mac))
  const cards = config.nics.flatMap(({ mac }) => (mac === undefined ? [] : [mac]))
  if (cards.length === 0 || cards.some((mac) => macs.has(mac))) {
    return interfaces.length === 0 ? {} : { interfaces }
  }
  const detail = `It named none of the cards that the configuration has (${cards[0]}, …).`
  gap({ reason: 'partial', detail })
  return {}
}

function failed(error: unknown, frame: ClusterFrame, scope: GapScope): void {
  if (!isReadFailure(error)) throw error
  if (error instanceof AgentRefusal) {
    frame.gaps.add({ ...scope, reason: 'error', detail: error.message })
  } else frame.gaps.addFailure(scope, error)
}

/** Held nowhere is one gap for all guests, not one each. */
function noteDenied(reading: Reading, frame: ClusterFrame, row: EstateGuest): void {
  const privileges = agentPrivilegesOf(frame.version)
  const isHeldSomewhere = Object.values(frame.held.privileges ?? {}).some((own) =>
    privileges.some((name) => name in own)
  )
  const scope = isHeldSomewhere
    ? scopeFor(row, 'agent')
    : ({ scope: 'guests', facet: 'agent' } as const)
  const [privilege] = privileges
  const path = isHeldSomewhere ? `/vms/${row.vmid}` : '/vms'
  frame.gaps.add({
    ...scope,
    reason: 'denied',
    detail: `${privilege} is not held on ${path}: Proxmox VE ${frame.version} asks for it to read from the agent.`,
    remedy: grantCommand(reading.proxmox.connection, { privilege, path: '/vms' })
  })
}

function scopeFor(row: EstateGuest, facet: 'agent' | 'interfaces') {
  return { scope: 'guest', node: row.node, vmid: row.vmid, facet } as const
}

function gapFor(frame: ClusterFrame, row: EstateGuest, facet: 'agent' | 'interfaces') {
  return (facts: Pick<GapFacts, 'reason' | 'detail' | 'remedy'>) =>
    frame.gaps.add({ ...scopeFor(row, facet), ...facts })
}

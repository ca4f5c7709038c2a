import { createNetBox, type NetBoxVersion, openNetBoxServer } from '@proxbox/simulator/netbox'
import { createWorld, openProxmoxServer, type Version } from '@proxbox/simulator/proxmox'
import { freePort } from '../stack/free-port.ts'
import type { CommandContext, ExitCode } from './context.ts'
import { waitForAbort } from './wait-for-abort.ts'

export interface SimulateProxmoxOptions {
  readonly guests: number
  readonly nodes: number
  readonly seed: number
  readonly version: Version
  readonly port: number
}

export interface SimulateNetBoxOptions {
  readonly version: NetBoxVersion
  readonly seed: number
  readonly port: number
  readonly token?: string
}

const host = '127.0.0.1'

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** `proxbox simulate proxmox`: a Proxmox VE that behaves, over HTTPS with a cluster CA made now, until Ctrl-C. */
export async function simulateProxmox(
  { output, signal }: CommandContext,
  options: SimulateProxmoxOptions
): Promise<ExitCode> {
  const { guests, nodes, seed, version } = options
  const world = createWorld({ guests, nodes, seed, version })
  const port = await freePort(host, options.port, '--port')
  const server = await openProxmoxServer({ world, host, port })
  if (output.json) {
    output.data({
      url: server.url,
      username: server.username,
      token_name: server.tokenName,
      token_value: server.tokenValue,
      fingerprint_sha256: server.fingerprintSha256,
      ca_certificate: server.caCertificate
    })
  } else {
    output.text(
      `Proxmox VE ${version} with ${counted(nodes, 'node')} and ${counted(guests, 'guest')}: ${server.url}`
    )
    output.text(`  user         ${server.username}, password ${server.password}`)
    output.text(`  API token    ${server.username}!${server.tokenName}=${server.tokenValue}`)
    output.text(`  fingerprint  ${server.fingerprintSha256}`)
    output.text(server.caCertificate.trimEnd())
    output.text('  add it with')
    output.text(`proxbox endpoint add proxmox simulated domain=${host} port=${port} \\`)
    output.text(`  token_name='${server.username}!${server.tokenName}' \\`)
    output.text(`  token_value=${server.tokenValue} \\`)
    output.text(`  fingerprint_sha256=${server.fingerprintSha256}`)
    output.text('Ctrl-C ends it.')
  }
  await waitForAbort(signal)
  await server.close()
  return 0
}

/** `proxbox simulate netbox`: a NetBox that behaves, empty, until Ctrl-C. */
export async function simulateNetBox(
  { output, signal }: CommandContext,
  options: SimulateNetBoxOptions
): Promise<ExitCode> {
  const state = createNetBox({ version: options.version, seed: options.seed })
  const port = await freePort(host, options.port, '--port')
  const token = options.token === undefined ? {} : { token: options.token }
  const server = await openNetBoxServer({ state, host, port, ...token })
  if (output.json) output.data({ url: server.url, token: server.token })
  else {
    output.text(`NetBox ${options.version}, empty: ${server.url}`)
    output.text(`  API token  ${server.token}`)
    output.text('  add it with')
    output.text(`proxbox endpoint add netbox simulated domain=${host} port=${port} \\`)
    output.text('  use_https=false create_default_site=true \\')
    output.text(`  token=${server.token}`)
    output.text('Ctrl-C ends it.')
  }
  await waitForAbort(signal)
  await server.close()
  return 0
}

export interface ProxySetting {
  /** http:// or https://, with user and password when the proxy wants them. */
  readonly url: string
  /** Comma-separated hosts, domains (`.corp.example`) or `host:port` that are reached directly; `*` is all. */
  readonly noProxy?: string
}

/** Whether this origin is reached through the proxy: the common reading of NO_PROXY. */
export function isProxied(origin: URL, noProxy: string): boolean {
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80')
  return !noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => entry !== '' && isMatch(entry, host, port))
}

function isMatch(entry: string, host: string, port: string): boolean {
  if (entry === '*' || entry === host || entry === `[${host}]`) return true
  if (entry === `${host}:${port}` || entry === `[${host}]:${port}`) return true
  const domain = entry.replace(/^\*?\.?/, '').replace(/:\d+$/, '')
  const wantedPort = /:(\d+)$/.exec(entry)?.[1] ?? port
  return domain !== '' && wantedPort === port && host.endsWith(`.${domain}`)
}

import { type ChildProcess, spawn } from 'node:child_process'

// Each line on stdin is the whole list of process groups; when stdin ends, this process has died, however it died, and
// the last list is ended: TERM (a server's ordered stop), INT (Postgres stops without waiting for its clients), KILL.
// The waits are 20 × 0.1 s per signal. dash knows no other form of killing a group than `kill -s NAME -- -PID`.
const script = `
trap '' HUP INT TERM
groups=
while read -r line; do groups=$line; done
for name in TERM INT KILL; do
  for group in $groups; do kill -s $name -- -$group 2>/dev/null; done
  turn=0
  while [ $turn -lt 20 ]; do
    alive=
    for group in $groups; do kill -s 0 -- -$group 2>/dev/null && alive=1; done
    [ -n "$alive" ] || exit 0
    sleep 0.1
    turn=$((turn + 1))
  done
done`

const guarded = new Set<number>()
let reaper: ChildProcess | undefined

/**
 * Has the reaper of this process, a tiny /bin/sh, end the group of `pid` should this process end without having done so,
 * even by kill -9. One reaper serves all children; it lives while there are any.
 *
 * @returns takes the pid off the list; to be called once the child has exited, as its number may be given anew.
 */
export function guard(pid: number): () => void {
  guarded.add(pid)
  tell()
  return () => {
    guarded.delete(pid)
    tell()
  }
}

/** The pid of the running reaper, for diagnosis and tests. */
export function reaperPid(): number | undefined {
  return reaper?.pid
}

function tell(): void {
  if (process.platform === 'win32') return
  reaper ??= guarded.size > 0 ? openReaper() : undefined
  reaper?.stdin?.write(`${[...guarded].join(' ')}\n`)
  if (guarded.size > 0) return
  reaper?.stdin?.end()
  reaper = undefined
}

function openReaper(): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore']
  })
  const lost = () => {
    if (reaper !== shell) return
    // Somebody ended the reaper: a new one takes the list over.
    reaper = undefined
    if (guarded.size > 0) setImmediate(tell)
  }
  shell.once('exit', lost)
  shell.once('error', lost)
  // EPIPE of a reaper that was ended; its exit event brings the next one.
  shell.stdin.on('error', () => undefined)
  shell.unref()
  return shell
}

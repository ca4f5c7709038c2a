import type { Task } from '../world/world-shape.ts'
import { type Context, can, nodeFrom, type Reply, type Route, type Row } from './route.ts'

/** What /cluster/tasks keeps per node. */
const FINISHED_PER_NODE = 25

export const taskRoutes: readonly Route[] = [
  { path: '/cluster/tasks', cost: 'P', answer: clusterTasks },
  { path: '/nodes/{node}/tasks', cost: 'P', answer: nodeTasks }
]

/** All running tasks and the newest finished ones of each node; others' only with Sys.Audit on `/`. */
function clusterTasks(context: Context): Reply {
  const seesAll = can(context, '/', 'Sys.Audit')
  const rows = context.world.nodes.flatMap((node) => {
    const all = newestFirst(context.world.tasks.filter((task) => task.node === node.name))
    const running = all.filter((task) => task.endtime === undefined)
    const finished = all.filter((task) => task.endtime !== undefined).slice(0, FINISHED_PER_NODE)
    return [...running, ...finished]
  })
  return {
    data: rows
      .filter((task) => seesAll || isOwn(context, task))
      // `saved` is a string in the original too.
      .map((task) => ({ ...plain(task), saved: task.endtime === undefined ? '0' : '1' }))
  }
}

function nodeTasks(context: Context): Reply {
  const node = nodeFrom(context)
  const { query } = context
  const seesAll = can(context, `/nodes/${node.name}`, 'Sys.Audit')
  const source = query.source ?? 'archive'
  const matching = newestFirst(context.world.tasks)
    .filter((task) => task.node === node.name && (seesAll || isOwn(context, task)))
    .filter((task) => source === 'all' || (source === 'active') === (task.endtime === undefined))
    .filter((task) => query.since === undefined || task.starttime >= Number(query.since))
    .filter((task) => query.until === undefined || task.starttime <= Number(query.until))
    .filter((task) => query.typefilter === undefined || task.type === query.typefilter)
    .filter((task) => query.vmid === undefined || task.id === query.vmid)
    .filter((task) => query.errors !== '1' || (task.status !== undefined && task.status !== 'OK'))
  const start = Number(query.start ?? 0)
  return {
    data: matching.slice(start, start + Number(query.limit ?? 50)).map(plain),
    total: matching.length,
    isSorted: true
  }
}

function newestFirst(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) => b.starttime - a.starttime)
}

function isOwn(context: Context, task: Task): boolean {
  return task.user === context.caller.id
}

function plain(task: Task): Row {
  const [, , pid = '0', pstart = '0'] = task.upid.split(':')
  return {
    ...task,
    ...(task.endtime === undefined ? { status: 'RUNNING' } : {}),
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16)
  }
}

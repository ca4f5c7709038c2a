import { measurePlans } from '../src/plan/measure-plan.ts'

const collect = globalThis.gc
if (collect === undefined) throw new Error('run it with --expose-gc')
console.log(JSON.stringify(measurePlans(Number(process.argv[2]), () => collect())))

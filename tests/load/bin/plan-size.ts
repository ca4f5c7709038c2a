import { measurePlan } from '../src/plan/measure-plan.ts'
import { planCases } from '../src/plan/plan-cases.ts'

const collect = globalThis.gc
const [guests, name] = process.argv.slice(2)
const plan = planCases.find((one) => one === name)
if (collect === undefined || plan === undefined)
  throw new Error('node --expose-gc plan-size.ts GUESTS first|unchanged|changed')
console.log(JSON.stringify(measurePlan(Number(guests), plan, () => collect())))

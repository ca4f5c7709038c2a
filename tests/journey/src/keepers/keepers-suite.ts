import type { Test } from 'tap'
import { keepProduction } from './keep.ts'
import { otherInstallation } from './other-installation.ts'
import type { Ground } from './place.ts'
import { copiedToStaging, restoredInto } from './staging.ts'
import { twoRows } from './two-rows.ts'

/** Who keeps a NetBox, shown end to end. The scenarios follow one another on one production NetBox. */
export async function showKeepers(t: Test, ground: Ground, isWhole = true): Promise<void> {
  const kept = await keepProduction(ground)
  t.teardown(() => kept.close())
  await t.test('two Endpoint rows for one NetBox', (t) => twoRows(t, kept))
  await t.test('a production NetBox copied to staging', (t) => copiedToStaging(t, kept, isWhole))
  await t.test("production's dump in a NetBox kept before", (t) => restoredInto(t, kept))
  await t.test('a NetBox kept by another installation', (t) => otherInstallation(t, kept))
}

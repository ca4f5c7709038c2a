import type { Step } from './scenario.ts'

export const FIELDS = '/extras/custom-fields/'
export const VM = '/virtualization/virtual-machines/'
export const vm = 'virtualization.virtualmachine'

/** A custom field of VMs. */
export const made = (body: object, keep?: string): Step => ({
  ask: `POST ${FIELDS}`,
  body: { object_types: [vm], ...body },
  ...(keep === undefined ? {} : { keep }),
  gives: 201,
  see: ['name', 'required', 'default']
})

/** A new VM that says this of its custom fields; without, it says nothing of them. */
export const vmWith = (name: string, gives: number, fields?: object): Step => ({
  ask: `POST ${VM}`,
  body: {
    name,
    cluster: '$cluster.id',
    ...(fields === undefined ? {} : { custom_fields: fields })
  },
  gives,
  ...(gives === 201 ? { see: ['custom_fields'] } : {})
})

/** One that Proxbox would keep. */
export const ours: Step = made({ name: 'ours', type: 'text' })

/** A row of the change feed, as it was stored. */
export interface FeedRow {
  readonly messageId: string
  readonly payload: {
    readonly key: string
    readonly kind: string
    readonly action: string
    readonly netbox: string
  }
  readonly createdAt: Date
}

/** Pure: CloudEvents 1.0 in binary mode: attributes as `ce-` headers, the payload stays plain JSON. */
export const cloudEventHeaders = ({ messageId, payload, createdAt }: FeedRow) => ({
  'ce-specversion': '1.0',
  'ce-id': messageId,
  'ce-source': `/proxbox/netboxes/${payload.netbox}`,
  'ce-type': `proxbox.${payload.kind}.${payload.action}`,
  'ce-subject': encodeURIComponent(payload.key),
  'ce-time': createdAt.toISOString(),
  'content-type': 'application/json'
})

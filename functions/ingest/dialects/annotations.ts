/** Fields that senders add for themselves. They tell one payload from another, and nothing about the trade. */
export const ANNOTATIONS = [
  'comment',
  'note',
  'message',
  'strategy',
  'exchange',
  'interval',
  'tag',
  'tags',
  'label',
  'source',
  'reference',
  'sequence',
  'nonce',
  'metadata',
  'extras',
] as const;

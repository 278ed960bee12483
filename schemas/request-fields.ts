/** The fields in the order of schemas/transaction-requests.avsc, which is also the order of the EIP-712 type. */
export const REQUEST_FIELDS = [
  'wallet',
  'chainId',
  'type',
  'to',
  'value',
  'data',
  'accessList',
  'gasLimit',
  'maxFeePerGas',
  'maxPriorityFeePerGas',
  'nonce',
  'replaces',
  'validUntil',
  'reference',
  'memo',
  'requester',
  'requesterSignature',
] as const;

export type RequestField = (typeof REQUEST_FIELDS)[number];

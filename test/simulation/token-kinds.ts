/** Requests in tokens that the law forbids, and that no machine may seal. */
export const TOKEN_KINDS = [
  'token-cap',
  'token-without-end',
  'token-payee',
  'token-trailing',
  'token-dirty',
  'token-many',
] as const;

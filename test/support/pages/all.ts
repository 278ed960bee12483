/** The pages whose every block is run, in this order. */
export const PAGES: readonly string[] = [
  'docs/dapp.md',
  'docs/client.md',
  'docs/co-signer.md',
  'docs/finance.md',
  'docs/operator.md',
  'docs/audit.md',
  'docs/telemetry.md',
];

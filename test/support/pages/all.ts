/** The pages whose every block is run, in this order. */
export const PAGES: readonly string[] = ['docs/co-signer.md'];

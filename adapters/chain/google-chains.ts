import type { AuthClient } from 'google-auth-library';
import { type Caller, callerOn } from '#adapters/calls/deadline.ts';
import { urlResolver } from '#adapters/secrets.ts';
import type { Chains } from '#core/ports.ts';
import { chainOf, type Law, type Operations } from '#schemas/config.ts';
import { chainsPort } from './chain.ts';

/**
 * How many urls must say the same about outcomes on this chain: two, unless the law calls it trusted. One that the law does not name is
 * trusted by nobody.
 */
export const agreementOf = (law: Law, chainId: string): number => (chainOf(law, chainId)?.trusted === true ? 1 : 2);

/** The chains of the law by the urls of operations. Two urls must agree about outcomes, unless the law calls the chain trusted. */
export const openChains = (
  options: { readonly law: Law; readonly operations: Operations; readonly authClient: AuthClient },
  call: Caller = callerOn(),
): Chains & { close(): Promise<void> } =>
  chainsPort(
    {
      rpc: options.operations.rpc,
      resolveUrl: urlResolver({ authClient: options.authClient, endpoint: options.law.endpoints?.secretManager }, call),
      agreement: (chainId) => agreementOf(options.law, chainId),
    },
    call,
  );

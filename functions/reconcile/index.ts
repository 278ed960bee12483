import { chainsPort } from '#adapters/chain.ts';
import { machinesPort } from '#adapters/compute.ts';
import { urlResolver } from '#adapters/secrets.ts';
import { agreementOf } from '#core/limits.ts';
import { serve } from '../shell/serve.ts';
import { reconcile } from './handle.ts';

serve(
  'reconcile',
  (context, authClient) => ({
    ...context,
    chains: chainsPort({
      rpc: context.operations.rpc,
      resolveUrl: urlResolver({ authClient }),
      agreement: agreementOf(context.law),
    }),
    machines: machinesPort({
      law: context.law,
      operations: context.operations,
      authClient,
      endpoint: context.law.endpoints?.compute,
    }),
  }),
  (_, context) => reconcile(context),
);

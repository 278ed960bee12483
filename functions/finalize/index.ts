import { chainsPort } from '#adapters/chain.ts';
import { urlResolver } from '#adapters/secrets.ts';
import { agreementOf } from '#core/limits.ts';
import { runStep } from '../shell/run-step.ts';
import { serve } from '../shell/serve.ts';
import { finalizeStep } from './handle.ts';

serve(
  'finalize',
  (context, authClient) => ({
    ...context,
    chains: chainsPort({
      rpc: context.operations.rpc,
      resolveUrl: urlResolver({ authClient }),
      agreement: agreementOf(context.law),
    }),
  }),
  (message, context) => runStep(finalizeStep(context), message, context),
);

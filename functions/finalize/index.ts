import { openChains } from '#adapters/chain/google-chains.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { serve } from '#functions/runtime/serve.ts';
import { finalizeStep } from './handle.ts';

serve(
  'finalize',
  (context, authClient) => ({ ...context, chains: openChains({ ...context, authClient }) }),
  (message, context) => runStep(finalizeStep(context), message, context),
);

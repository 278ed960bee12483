import { openChains } from '#adapters/chain/google-chains.ts';
import { publisherThatSigns } from '#functions/runtime/event-signer.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { serve } from '#functions/runtime/serve.ts';
import { finalizeStep } from './handle.ts';

serve(
  'finalize',
  (context, authClient) => ({
    ...context,
    publisher: publisherThatSigns(context, authClient),
    chains: openChains({ ...context, authClient }),
  }),
  (message, context) => runStep(finalizeStep(context), message, context),
);

import { chainsOf } from '#adapters/google-chains.ts';
import { runStep } from '../shell/run-step.ts';
import { serve } from '../shell/serve.ts';
import { finalizeStep } from './handle.ts';

serve(
  'finalize',
  (context, authClient) => ({ ...context, chains: chainsOf({ ...context, authClient }) }),
  (message, context) => runStep(finalizeStep(context), message, context),
);

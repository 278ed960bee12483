import { machinesPort } from '#adapters/compute/compute.ts';
import { runStep } from '#functions/runtime/run-step.ts';
import { serve } from '#functions/runtime/serve.ts';
import { launchStep } from './handle.ts';

serve(
  'launch',
  (context, authClient) => ({
    ...context,
    machines: machinesPort({ ...context, authClient, endpoint: context.law.endpoints?.compute }),
  }),
  (message, context) => runStep(launchStep(context), message, context),
);

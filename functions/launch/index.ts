import { machinesPort } from '#adapters/compute.ts';
import { runStep } from '../shell/run-step.ts';
import { serve } from '../shell/serve.ts';
import { launchStep } from './handle.ts';

serve(
  'launch',
  (context, authClient) => ({
    ...context,
    machines: machinesPort({ ...context, authClient, endpoint: context.law.endpoints?.compute }),
  }),
  (message, context) => runStep(launchStep(context), message, context),
);

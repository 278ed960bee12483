import { machinesPort } from '#adapters/compute.ts';
import { chainsOf } from '#adapters/google-chains.ts';
import { serve } from '../shell/serve.ts';
import { reconcile } from './handle.ts';

const inHand = new Set<string>();
const registerLooks = new Map<string, number>();

serve(
  'reconcile',
  (context, authClient) => ({
    ...context,
    inHand,
    registerLooks,
    chains: chainsOf({ ...context, authClient }),
    machines: machinesPort({ ...context, authClient, endpoint: context.law.endpoints?.compute }),
  }),
  (_, context) => reconcile(context),
);

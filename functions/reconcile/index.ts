import { openChains } from '#adapters/chain/google-chains.ts';
import { machinesPort } from '#adapters/compute/compute.ts';
import { publisherThatSigns } from '#functions/runtime/event-signer.ts';
import { serve } from '#functions/runtime/serve.ts';
import { reconcile } from './handle.ts';

const inHand = new Set<string>();
const periodChecks = new Map<string, number>();
const lawKept = new Map<string, number>();

serve(
  'reconcile',
  (context, authClient) => ({
    ...context,
    publisher: publisherThatSigns(context, authClient),
    inHand,
    periodChecks,
    lawKept,
    chains: openChains({ ...context, authClient }),
    machines: machinesPort({ ...context, authClient, endpoint: context.law.endpoints?.compute }),
  }),
  (_, context) => reconcile(context),
);

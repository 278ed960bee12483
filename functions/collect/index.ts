import { runStep } from '#functions/runtime/run-step.ts';
import { serve } from '#functions/runtime/serve.ts';
import { collectStep } from './handle.ts';

serve(
  'collect',
  (context) => context,
  (message, context) => runStep(collectStep(context), message, context),
);

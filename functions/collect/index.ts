import { runStep } from '../shell/run-step.ts';
import { serve } from '../shell/serve.ts';
import { collectStep } from './handle.ts';

serve(
  'collect',
  (context) => context,
  (message, context) => runStep(collectStep(context), message, context),
);

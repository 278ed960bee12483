import { runStep } from '../shell/run-step.ts';
import { serve } from '../shell/serve.ts';
import { intakeStep } from './handle.ts';

serve(
  'intake',
  (context) => context,
  (message, context) => runStep(intakeStep(context), message, context),
);

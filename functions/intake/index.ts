import { serve } from '#functions/runtime/serve.ts';
import { handleMessage } from './handle.ts';

serve(
  'intake',
  (context) => context,
  (message, context) => handleMessage(context, message),
);

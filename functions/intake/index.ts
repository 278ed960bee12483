import { serve } from '../shell/serve.ts';
import { handleMessage } from './handle.ts';

serve(
  'intake',
  (context) => context,
  (message, context) => handleMessage(context, message),
);

import type { Server } from 'node:http';
import { type Reply, restServer } from '#local/cloud/runtime/http.ts';
import type { Sts } from './sts.ts';
import { StsError } from './sts-error.ts';

const oauthError = (error: StsError): Reply => ({
  status: 400,
  body: { error: error.code, error_description: error.message },
});

/** `POST /v1/token`, form-encoded, open: the subject token is the credential. */
export const stsRest = (sts: Sts): Server =>
  restServer(sts.world, 'sts', [
    {
      method: 'POST',
      path: /^\/v1\/token$/,
      query: [],
      open: true,
      handle: async ({ body }) => {
        const form = new URLSearchParams(body.toString('utf8'));
        const ms = sts.world.faults.delayFor('sts.token', form.get('audience') ?? '');
        if (ms > 0) await new Promise<void>((resolve) => sts.world.clock.after(ms, resolve));
        try {
          const names = [...form.keys()];
          if (new Set(names).size < names.length) throw new StsError('invalid_request', 'A field is repeated.');
          return { body: sts.exchange(Object.fromEntries(form)) };
        } catch (error) {
          if (error instanceof StsError) {
            sts.world.note(`sts: ${error.code}: ${error.message}`);
            return oauthError(error);
          }
          throw error;
        }
      },
    },
  ]);

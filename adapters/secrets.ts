import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import { KeyturnError } from '#schemas/codes.ts';
import { crc32c } from './calls/crc32c.ts';
import { type Caller, callerOn, REPEATABLE } from './calls/deadline.ts';

const answer = z.object({ payload: z.object({ data: z.base64(), dataCrc32c: z.string() }) });

/**
 * The url behind a configured one: `secret:projects/P/secrets/NAME` (or with `/versions/N`) is read from Secret Manager, anything else is
 * the url itself (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
 * RPC urls carry API keys, so no message names one.
 */
export const urlResolver = (
  options: { readonly authClient: AuthClient; readonly endpoint?: string | undefined },
  call: Caller = callerOn(),
): ((url: string) => Promise<string>) => {
  const access = async (name: string): Promise<string> => {
    const version = name.includes('/versions/') ? name : `${name}/versions/latest`;
    const url = `${options.endpoint ?? 'https://secretmanager.googleapis.com'}/v1/${version}:access`;
    return call({ service: 'secretmanager', call: 'access', resource: version }, REPEATABLE, async (signal) => {
      const response = await options.authClient.request({ url, signal, retry: false, responseType: 'json' });
      const { payload } = answer.parse(response.data);
      const bytes = Buffer.from(payload.data, 'base64');
      if (payload.dataCrc32c !== String(crc32c(bytes)))
        throw new KeyturnError('CHECKSUM_MISMATCH', `secretmanager: access ${version}: damaged on the way`);
      return bytes.toString('utf8').trim();
    });
  };
  return async (url) => {
    if (!url.startsWith('secret:')) return url;
    const name = url.slice('secret:'.length);
    if (!/^projects\/[^/]+\/secrets\/[\w-]+(\/versions\/(\d+|latest))?$/.test(name))
      throw new KeyturnError('CONFIG', 'a secret url must be secret:projects/PROJECT/secrets/NAME', { field: 'rpc' });
    return access(name);
  };
};

import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { foreign } from '#adapters/calls/errors.ts';
import { logPort } from '#adapters/log.ts';
import { errorFields } from '#core/error-fields.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { stage } from '#test/support/stage.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJldmlkZW5jZSI6InNlY3JldCJ9.c2lnbmF0dXJl';

/** As gaxios throws it: the request, with the launcher's token in it, hangs on the error. */
const refusal = (error: string): Error =>
  Object.assign(new Error(`Request failed: ${error}: ${TOKEN}`), {
    name: 'GaxiosError',
    status: 400,
    config: { url: 'https://sts.example/v1/token', data: `subject_token=${TOKEN}`, headers: { authorization: TOKEN } },
    response: { status: 400, data: { error, error_description: `The given credential is rejected: ${TOKEN}` } },
  });

const lineOf = (error: unknown): string => {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  logPort({ workload: 'keyturn' }, sink).alarm('turn.fault', errorFields(error));
  return lines.join('');
};

describe('threat 38: a refused attestation is visible, and shows nothing secret', () => {
  test.each(['unauthorized_client', 'invalid_target', 'access_denied', 'invalid_request'])(
    'the last line of a machine whose image nobody accepted, %s',
    (error) => {
      const call = { service: 'sts', call: 'token', resource: 'for the operator' };
      const line = lineOf(foreign(call, refusal(error)));
      expect(JSON.parse(line)).toMatchObject({
        severity: 'ALERT',
        message: 'turn.fault',
        code: 'ATTESTATION_REFUSED',
        workload: 'keyturn',
        alarm: true,
      });
      expect(line).not.toContain(TOKEN);
      expect(line).not.toContain('subject_token');
    },
  );

  test('what is no error of ours shows its name alone', () => {
    const line = lineOf(refusal('unauthorized_client'));
    expect(JSON.parse(line)).toMatchObject({ code: 'BUG', reason: 'GaxiosError' });
    expect(line).not.toContain(TOKEN);
  });

  test('a co-signer who has not accepted this image: said by name and code while the turn waits', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    const refused = new KeyturnError('ATTESTATION_REFUSED', 'sts: token for bob: HTTP 400', {
      cause: refusal('unauthorized_client'),
    });
    s.storage.fault = (call, bucket, name) =>
      call === 'list' && bucket === s.buckets.keys && name.startsWith('bob/') ? refused : undefined;
    await s.turn();
    const waits = s.log.lines.filter(({ event, fields }) => event === 'turn.wait' && fields.id === id);
    expect(waits.map(({ fields }) => fields.unreachable)).toContain('bob: ATTESTATION_REFUSED');
    expect(JSON.stringify(s.log.lines)).not.toContain(TOKEN);
  });
});

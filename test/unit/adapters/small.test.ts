import { createServer, type Server } from 'node:http';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32c, crc32cBase64 } from '#adapters/calls/crc32c.ts';
import { restOptions } from '#adapters/calls/gax.ts';
import { readsAt } from '#adapters/chain/rpc-quorum.ts';
import { urlResolver } from '#adapters/secrets.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { SelfWindingClock } from '#test/support/clock.ts';

describe('CRC32C', () => {
  it('has the check value of the catalogue', () => {
    expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
    expect(crc32cBase64(Buffer.from('123456789'))).toBe('4waSgw==');
    expect(crc32cBase64(new Uint8Array())).toBe('AAAAAA==');
  });

  it('reads a view, not the buffer below it', () => {
    const whole = Buffer.from('xx123456789xx');
    expect(crc32c(new Uint8Array(whole.buffer, whole.byteOffset + 2, 9)).toString(16)).toBe('e3069283');
  });
});

describe('restOptions', () => {
  const authClient = new OAuth2Client();
  it.each([
    ['http://localhost:8080', { apiEndpoint: 'localhost', port: 8080, protocol: 'http' }],
    ['http://127.0.0.1', { apiEndpoint: '127.0.0.1', port: 80, protocol: 'http' }],
    ['https://kms.lab', { apiEndpoint: 'kms.lab', port: 443, protocol: 'https' }],
    [undefined, {}],
  ])('%s', (endpoint, expected) => {
    expect(restOptions('p', authClient, endpoint)).toEqual({ authClient, projectId: 'p', fallback: true, ...expected });
  });
});

describe('quorum', () => {
  const { agreed, firstOf, reachedBy } = readsAt({ clock: new SelfWindingClock(0), random: () => 1 });
  type Answer = { n: bigint } | undefined | KeyturnError;
  const nodesOf = (answers: readonly Answer[]) => answers.map((answer) => ({ answer }));
  const ask = async ({ answer }: { answer: Answer }) => {
    if (isKeyturnError(answer)) throw answer;
    return answer;
  };
  const down = new KeyturnError('UNAVAILABLE', 'url 1');
  const refused = new KeyturnError('RPC_REFUSED', 'no', { field: 'underpriced' });
  const [one, two] = [{ n: 1n }, { n: 2n }];

  it.each<[string, readonly Answer[], number, unknown]>([
    ['one of one', [one], 1, one],
    ['the first that is not empty', [down, undefined, two, one], 1, two],
    ['empty, though one is down', [down, undefined], 1, undefined],
    ['two alike of three', [one, two, { n: 2n }], 2, two],
    ['two different', [one, two], 2, undefined],
    ['one and an empty one', [one, undefined], 2, undefined],
    ['two alike, one down', [one, down, { n: 1n }], 2, one],
  ])('agreed: %s', async (_what, answers, need, expected) => {
    expect(await agreed(nodesOf(answers), need, ask)).toEqual(expected);
  });

  it.each<[string, readonly Answer[], number, string]>([
    ['nobody there', [down, down], 1, 'CHAIN_UNREACHABLE'],
    ['too few answer', [one, down], 2, 'CHAIN_UNREACHABLE'],
    ['a refusal says more', [down, refused], 1, 'RPC_REFUSED'],
    ['too few are configured', [one], 2, 'CONFIG'],
    ['none is configured', [], 1, 'CHAIN_UNREACHABLE'],
  ])('not agreed: %s', async (_what, answers, need, code) => {
    await expect(agreed(nodesOf(answers), need, ask)).rejects.toMatchObject({ code });
  });

  it('reaches as far as so many have come', async () => {
    const heights = [9n, 3n, 7n].map((height) => ({ height }));
    const told = async ({ height }: { height: bigint }) => height;
    expect(await reachedBy(heights, 1, told, (h) => h)).toBe(9n);
    expect(await reachedBy(heights, 2, told, (h) => h)).toBe(7n);
    expect(await reachedBy(heights, 3, told, (h) => h)).toBe(3n);
  });

  it('does not hide a bug behind another url', async () => {
    const bug = async (): Promise<never> => {
      throw new TypeError('x');
    };
    await expect(firstOf([{}, {}], bug)).rejects.toThrow(TypeError);
  });
});

describe('urlResolver', () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map(closeServer)));
  const URL_TEXT = 'https://rpc.example/v3/0123456789abcdef';
  const resolverWith = async (payload: object, status = 200) => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(`${request.headers.authorization} ${request.url}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ payload }));
    });
    servers.push(server);
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 't' });
    return { paths, resolve: urlResolver({ authClient, endpoint: `http://127.0.0.1:${await listen(server)}` }) };
  };
  const data = Buffer.from(`${URL_TEXT}\n`);
  const good = { data: data.toString('base64'), dataCrc32c: String(crc32c(data)) };

  it('reads a secret, and leaves a url alone', async () => {
    const { paths, resolve } = await resolverWith(good);
    expect(await resolve('secret:projects/p/secrets/rpc-1')).toBe(URL_TEXT);
    expect(await resolve('secret:projects/p/secrets/rpc-1/versions/3')).toBe(URL_TEXT);
    expect(await resolve('http://127.0.0.1:8545')).toBe('http://127.0.0.1:8545');
    expect(paths).toEqual([
      'Bearer t /v1/projects/p/secrets/rpc-1/versions/latest:access',
      'Bearer t /v1/projects/p/secrets/rpc-1/versions/3:access',
    ]);
  });

  it.each(['secret:rpc', 'secret:projects/p/secrets/../x', 'secret:projects/p/secrets/x/versions/new'])(
    'refuses %s',
    async (url) => {
      const { resolve } = await resolverWith(good);
      await expect(resolve(url)).rejects.toMatchObject({ code: 'CONFIG', field: 'rpc' });
    },
  );

  it('says what it may not read', async () => {
    const { resolve } = await resolverWith({}, 403);
    await expect(resolve('secret:projects/p/secrets/rpc')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: 'secretmanager: access projects/p/secrets/rpc/versions/latest: HTTP 403',
    });
  });
});

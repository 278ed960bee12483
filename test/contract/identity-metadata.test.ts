import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdTokens } from '#local/cloud/identity/id-tokens.ts';
import { startMetadataServer } from '#local/cloud/identity/metadata.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';

const EMAIL = 'collect@keyturn-local.iam.gserviceaccount.com';
const AUDIENCE = 'https://launch.local';
const ROOT = join(import.meta.dirname, '../..');

const folder = mkdtempSync(join(tmpdir(), 'keyturn-adc-'));
const world = createWorld();
const idTokens = new IdTokens(world);
let server: Awaited<ReturnType<typeof startMetadataServer>>;

beforeAll(async () => {
  server = await startMetadataServer({ world, idTokens, email: EMAIL });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Plain application-default credentials, in a process that has nothing but the address of its metadata server. */
const adc = async (): Promise<Record<string, string>> => {
  const script = `
    import { GoogleAuth } from 'google-auth-library';
    const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
    const client = await auth.getClient();
    const idClient = await auth.getIdTokenClient('${AUDIENCE}');
    const headers = await idClient.getRequestHeaders();
    console.log(JSON.stringify({
      kind: client.constructor.name,
      access: (await client.getAccessToken()).token,
      project: await auth.getProjectId(),
      universe: await auth.getUniverseDomain(),
      email: (await auth.getCredentials()).client_email,
      identity: headers.get('authorization'),
    }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT,
    timeout: 30_000,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GCE_METADATA_HOST: server.host,
      METADATA_SERVER_DETECTION: 'assume-present',
    },
  });
  return JSON.parse(stdout);
};

describe('the metadata server', () => {
  it('makes a process its service account through plain default credentials', async () => {
    const found = await adc();
    expect(found).toMatchObject({
      kind: 'Compute',
      project: 'keyturn-local',
      universe: 'googleapis.com',
      email: EMAIL,
    });
    expect(world.iam.callerOf(`Bearer ${found.access}`).name).toBe(`serviceAccount:${EMAIL}`);
    expect(idTokens.verify(found.identity?.replace('Bearer ', '') ?? '', AUDIENCE)).toBe(EMAIL);
  });

  const get = (path: string, headers: Record<string, string> = { 'Metadata-Flavor': 'Google' }) =>
    fetch(`http://${server.host}/computeMetadata/v1/${path}`, { headers });
  const ACCOUNT = 'instance/service-accounts/default';

  it.each([
    ['project/project-id', 'keyturn-local'],
    ['project/numeric-project-id', '123456789012'],
    ['universe/universe-domain', 'googleapis.com'],
    [`${ACCOUNT}/email`, EMAIL],
    [`instance/service-accounts/${EMAIL}/email`, EMAIL],
  ])('answers %s, and says who it is', async (path, body) => {
    const response = await get(path);
    expect(response.headers.get('metadata-flavor')).toBe('Google');
    expect(await response.text()).toBe(body);
  });

  it.each([
    ['a call without its header', `${ACCOUNT}/token`, {}, 403],
    ['a forwarded call', `${ACCOUNT}/token`, { 'Metadata-Flavor': 'Google', 'X-Forwarded-For': '10.0.0.1' }, 403],
    ['an identity for nobody', `${ACCOUNT}/identity`, undefined, 400],
    ['a parameter it does not know', `${ACCOUNT}/token?lifetime=9`, undefined, 400],
    ['a path it does not know', 'instance/attributes/ssh-keys', undefined, 400],
  ])('refuses %s', async (_, path, headers, status) => {
    expect((await get(path, headers)).status).toBe(status);
  });
});

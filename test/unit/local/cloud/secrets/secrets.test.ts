import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { urlResolver } from '#adapters/secrets.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { secretsRest } from '#local/cloud/secrets/rest.ts';
import { Secrets } from '#local/cloud/secrets/secrets.ts';
import { clientOf, eagerly, failureOf } from '#test/contract/adapter-kit.ts';

const SECRET = 'projects/keyturn-operator/secrets/pay-1-rpc-a';
const URL_IN_IT = 'https://rpc.example/v3/key-abcdef';
const reader = 'serviceAccount:finalize@keyturn-operator.iam.gserviceaccount.com';
const world = createWorld();
const secrets = new Secrets(world);
const server = secretsRest(world, secrets);
let endpoint = '';
const resolverOf = (who: string) => urlResolver({ authClient: clientOf(world, who), endpoint }, eagerly);

beforeAll(async () => {
  world.iam.bind({
    id: 'reader',
    resource: `secrets/${SECRET}`,
    role: 'roles/secretmanager.secretAccessor',
    members: [reader],
  });
  secrets.add(SECRET, Buffer.from('https://old.example'));
  secrets.add(SECRET, Buffer.from(`${URL_IN_IT}\n`));
  endpoint = `http://127.0.0.1:${await listen(server)}`;
});
afterAll(() => closeServer(server));

describe('the local Secret Manager, by the deployed adapter', () => {
  it('gives the newest version, or the one that is named', async () => {
    expect(await resolverOf(reader)(`secret:${SECRET}`)).toBe(URL_IN_IT);
    expect(await resolverOf(reader)(`secret:${SECRET}/versions/1`)).toBe('https://old.example');
    expect(await resolverOf(reader)(`secret:${SECRET}/versions/latest`)).toBe(URL_IN_IT);
  });

  it('gives nothing to whoever has no right on this secret, and tells nobody what there is', async () => {
    for (const secret of [SECRET, `${SECRET}-other`])
      expect(await failureOf(resolverOf('user:alice@example.com')(`secret:${secret}`))).toMatchObject({
        code: 'PERMISSION_DENIED',
      });
    expect(await failureOf(resolverOf(reader)(`secret:${SECRET}-other`))).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('has no version that was not added', async () => {
    expect(await failureOf(resolverOf(reader)(`secret:${SECRET}/versions/3`))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses by name what it does not implement, and a malformed name', async () => {
    const token = world.iam.issueToken(callerNamed(reader));
    const answer = await fetch(`${endpoint}/v1/${SECRET}`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.ok, await answer.text()]).toEqual([false, expect.stringContaining(`GET /v1/${SECRET}`)]);
    expect(() => secrets.add('pay-1-rpc-a', Buffer.from('x'))).toThrow(/malformed/);
  });
});

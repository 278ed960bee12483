import { OAuth2Client } from 'google-auth-library';
import { afterAll, describe, expect, test } from 'vitest';
import { inspectorPort, policyCall } from '#adapters/inspect/inspect.ts';

/** What was asked, as `METHOD url body`, and what to answer: by the paths of Google's REST references. */
const asked: string[] = [];
const answers = new Map<string, unknown>();
class Answering extends OAuth2Client {
  override async request<T>(options: Parameters<OAuth2Client['request']>[0]): Promise<{ data: T } & never> {
    const body = options.data === undefined ? '' : ` ${JSON.stringify(options.data)}`;
    asked.push(`${options.method} ${options.url}${body}`);
    const [, page = ''] = /pageToken=(.*)$/.exec(String(options.url)) ?? [];
    const key = `${String(options.url).replace(/\?.*$/, '')}${page === '' ? '' : `#${page}`}`;
    return { data: answers.get(key) ?? {} } as unknown as { data: T } & never;
  }
}
const inspector = inspectorPort({ projectId: 'p', authClient: new Answering() });
afterAll(() => inspector.close());
const lastAsked = () => asked.at(-1);

describe('policies, each as its service wants to be asked', () => {
  test.each([
    [
      '//pubsub.googleapis.com/projects/p/topics/t',
      'GET https://pubsub.googleapis.com/v1/projects/p/topics/t:getIamPolicy?options.requestedPolicyVersion=3',
    ],
    [
      '//iam.googleapis.com/projects/-/serviceAccounts/a@b',
      'POST https://iam.googleapis.com/v1/projects/-/serviceAccounts/a@b:getIamPolicy?options.requestedPolicyVersion=3 {}',
    ],
    [
      '//cloudresourcemanager.googleapis.com/projects/p',
      'POST https://cloudresourcemanager.googleapis.com/v1/projects/p:getIamPolicy {"options":{"requestedPolicyVersion":3}}',
    ],
    [
      '//storage.googleapis.com/projects/_/buckets/b',
      'GET https://storage.googleapis.com/storage/v1/b/b/iam?optionsRequestedPolicyVersion=3',
    ],
    [
      '//run.googleapis.com/projects/p/locations/l/services/s',
      'GET https://run.googleapis.com/v2/projects/p/locations/l/services/s:getIamPolicy?options.requestedPolicyVersion=3',
    ],
    [
      '//cloudkms.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k',
      'GET https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:getIamPolicy?options.requestedPolicyVersion=3',
    ],
  ])('%s', async (resource, call) => {
    expect(await inspector.policy(resource)).toEqual([]);
    expect(lastAsked()).toBe(call);
  });

  test('any other is refused by name', () => {
    expect(() => policyCall('//bigquery.googleapis.com/projects/p/datasets/d')).toThrow(
      /no policy is read of \/\/bigquery/,
    );
    expect(() => policyCall('projects/p')).toThrow(/no policy is read of projects\/p/);
  });

  test('with conditions', async () => {
    answers.set('https://storage.googleapis.com/storage/v1/b/full/iam', {
      bindings: [{ role: 'r', members: ['user:a'], condition: { title: 't', expression: 'true' } }, { role: 'empty' }],
    });
    expect(await inspector.policy('//storage.googleapis.com/projects/_/buckets/full')).toEqual([
      { role: 'r', members: ['user:a'], condition: 'true' },
      { role: 'empty', members: [], condition: '' },
    ]);
  });
});

test('what a role allows; a deleted one allows nothing', async () => {
  const at = 'https://iam.googleapis.com/v1/projects/p/roles/mine';
  answers.set(at, { includedPermissions: ['a.b.c'] });
  expect([...(await inspector.permissionsOf('projects/p/roles/mine'))]).toEqual(['a.b.c']);
  answers.set(at, { includedPermissions: ['a.b.c'], deleted: true });
  expect([...(await inspector.permissionsOf('projects/p/roles/mine'))]).toEqual([]);
});

test('a provider; one that is deleted counts as disabled', async () => {
  const name = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/own';
  const at = 'https://iam.googleapis.com/v1/projects/1/locations/global/workloadIdentityPools/pool/providers/own';
  const oidc = { issuerUri: 'https://issuer', allowedAudiences: ['x'] };
  answers.set(at, { attributeCondition: 'true', attributeMapping: { 'google.subject': 'a' }, state: 'ACTIVE', oidc });
  expect(await inspector.identityProvider(name)).toEqual({
    condition: 'true',
    mapping: { 'google.subject': 'a' },
    issuer: 'https://issuer',
    audiences: ['x'],
    disabled: false,
  });
  answers.set(at, { state: 'DELETED', oidc });
  expect(await inspector.identityProvider(name)).toMatchObject({ condition: '', disabled: true });
});

describe('a subscription', () => {
  const at = 'https://pubsub.googleapis.com/v1/projects/p/subscriptions/s';
  test.each([
    ['never set: 31 days', {}, true],
    ['set without a ttl: never', { expirationPolicy: {} }, false],
    ['after a month', { expirationPolicy: { ttl: '2678400s' } }, true],
  ])('expires? %s', async (_, over, expires) => {
    answers.set(at, { topic: 'projects/p/topics/t', ...over });
    expect(await inspector.subscription('s')).toEqual({
      topic: 'projects/p/topics/t',
      push: undefined,
      deadLetters: undefined,
      expires,
      detached: false,
    });
  });

  test('that pushes', async () => {
    const oidcToken = { serviceAccountEmail: 'push@p', audience: 'https://f' };
    answers.set(at, {
      topic: 't',
      pushConfig: { pushEndpoint: 'https://f', oidcToken },
      deadLetterPolicy: { deadLetterTopic: 'd', maxDeliveryAttempts: 30 },
    });
    expect(await inspector.subscription('s')).toMatchObject({
      push: { endpoint: 'https://f', account: 'push@p', audience: 'https://f' },
      deadLetters: 'd',
    });
  });
});

test('functions of all regions, page by page', async () => {
  const at = 'https://cloudfunctions.googleapis.com/v2/projects/p/locations/-/functions';
  const one = (name: string) => ({
    name: `projects/p/locations/l/functions/${name}`,
    state: 'ACTIVE',
    serviceConfig: { service: `s-${name}`, serviceAccountEmail: `${name}@p` },
  });
  answers.set(at, { functions: [one('a')], nextPageToken: 'more' });
  answers.set(`${at}#more`, { functions: [one('b')] });
  expect(await inspector.functionsIn('p')).toEqual([
    { name: 'a', active: true, account: 'a@p', service: 's-a' },
    { name: 'b', active: true, account: 'b@p', service: 's-b' },
  ]);
});

test('keys that people made, and no others', async () => {
  answers.set('https://iam.googleapis.com/v1/projects/-/serviceAccounts/a@b/keys', { keys: [{}, {}] });
  expect(await inspector.userKeys('a@b')).toBe(2);
  expect(lastAsked()).toContain('keyTypes=USER_MANAGED');
});

describe('a secret', () => {
  const at = 'https://secretmanager.googleapis.com/v1/projects/p/secrets/rpc/versions';
  test('has a value, or a disabled one', async () => {
    answers.set(`${at}/latest`, { state: 'ENABLED' });
    answers.set(`${at}/3`, { state: 'DISABLED' });
    expect(await inspector.hasValue('secret:projects/p/secrets/rpc')).toBe(true);
    expect(await inspector.hasValue('secret:projects/p/secrets/rpc/versions/3')).toBe(false);
    expect(asked.slice(-2).every((line) => !line.includes(':access'))).toBe(true);
  });
});

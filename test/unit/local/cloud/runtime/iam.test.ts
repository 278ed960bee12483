import { beforeEach, describe, expect, it } from 'vitest';
import { evaluateCel } from '#local/cloud/runtime/cel.ts';
import { callerNamed, Iam, type Resource } from '#local/cloud/runtime/iam.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

const START_MS = Date.UTC(2026, 10, 22);
const alice = callerNamed('user:alice');
const READ = 'storage.objects.get';
const object = (name: string): Resource => ({
  name: `projects/_/buckets/lab-keys/objects/${name}`,
  type: 'storage.googleapis.com/Object',
  service: 'storage.googleapis.com',
  policies: ['buckets/lab-keys', 'projects/keyturn-local'],
});

let clock: VirtualClock;
let iam: Iam;

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  let count = 0;
  iam = new Iam(clock, (length) => String(count++).padStart(2 * length, '0'));
});

const bind = (id: string, over: { resource?: string; role?: string; members?: string[]; condition?: string } = {}) =>
  iam.bind({ id, resource: 'buckets/lab-keys', role: 'roles/storage.objectViewer', members: ['user:alice'], ...over });

describe('a call is denied', () => {
  it('by default, naming caller, permission and resource', () => {
    expect(iam.allows(alice, READ, object('a'))).toBe(false);
    expect(() => iam.require(alice, READ, object('a'))).toThrow(
      expect.objectContaining({
        status: 'PERMISSION_DENIED',
        message:
          'user:alice does not have storage.objects.get access to projects/_/buckets/lab-keys/objects/a (or it may not exist).',
      }),
    );
  });

  it.each([
    ['another member', { members: ['user:bob'] }],
    ['another bucket', { resource: 'buckets/lab-results' }],
    ['another project', { resource: 'projects/alice-project' }],
    ['a role without the permission', { role: 'roles/storage.objectCreator' }],
    ['a member string that only begins alike', { members: ['user:alice2'] }],
    ['allAuthenticatedUsers, which nothing here grants', { members: ['allAuthenticatedUsers'] }],
  ])('where the grant is to %s', (_, over) => {
    bind('other', over);
    expect(iam.allows(alice, READ, object('a'))).toBe(false);
    expect(iam.uses.size).toBe(0);
  });

  it('after the grant is taken back', () => {
    bind('viewer');
    expect(iam.allows(alice, READ, object('a'))).toBe(true);
    iam.unbind('viewer');
    expect(iam.allows(alice, READ, object('a'))).toBe(false);
    expect(iam.bindings).toEqual([]);
  });
});

it('an unknown role is an error, not a grant of nothing', () => {
  bind('typo', { role: 'roles/storage.objectVeiwer' });
  expect(() => iam.allows(alice, READ, object('a'))).toThrow(/unknown role roles\/storage\.objectVeiwer/);
});

it('a grant on the project reaches what is in it, and sets reach their members', () => {
  bind('project', { resource: 'projects/keyturn-local', members: ['principalSet://pool/*'] });
  expect(iam.allows(callerNamed('principal://pool/x', 'principalSet://pool/*'), READ, object('a'))).toBe(true);
  expect(iam.allows(callerNamed('principal://pool/x'), READ, object('a'))).toBe(false);
});

it('allUsers is everyone, also who has no name', () => {
  bind('public', { members: ['allUsers'] });
  expect(iam.allows({ name: 'anonymous', members: new Set() }, READ, object('a'))).toBe(true);
});

describe('a condition', () => {
  const allowed = (condition: string, name = 'shares/1') => {
    bind('conditional', { condition });
    return iam.allows(alice, READ, object(name));
  };

  it('ends a grant by time', () => {
    const condition = 'request.time < timestamp("2026-11-23T00:00:00Z")';
    expect(allowed(condition)).toBe(true);
    clock.advance(86_399_999);
    expect(iam.allows(alice, READ, object('a'))).toBe(true);
    clock.advance(1);
    expect(iam.allows(alice, READ, object('a'))).toBe(false);
  });

  it.each([
    ['resource.name.startsWith("projects/_/buckets/lab-keys/objects/shares/")', true],
    ['resource.name.startsWith("projects/_/buckets/lab-keys/objects/rejections/")', false],
    ['resource.type == "storage.googleapis.com/Object"', true],
    ['resource.type == "storage.googleapis.com/Bucket"', false],
    ['resource.service == "storage.googleapis.com" && request.time.getFullYear("UTC") == 2026', true],
    ['resource.name.endsWith("/1") || false', true],
    // Denied for want of a meaning: an error, another type, another language.
    ['api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("shares/")', false],
    ['resource.name.extract("objects/{name}/") == "shares"', false],
    ['resource.matchTag("123/env", "prod")', false],
    ['resource.owner == "alice"', false],
    ['"true"', false],
    ['1', false],
    ['resource.name.startsWith(', false],
    ['', false],
  ])('%s gives %s', (condition, expected) => {
    expect(allowed(condition)).toBe(expected);
  });

  it('that denies does not hide another grant', () => {
    bind('no', { condition: 'false' });
    bind('yes');
    expect(iam.allows(alice, READ, object('a'))).toBe(true);
    expect([...iam.uses]).toEqual([['yes', 1]]);
  });
});

it('whole JSON numbers are doubles, as in the cloud', () => {
  expect(evaluateCel('a.n == 11129', { a: { n: 11129 } })).toBe(true);
  expect(evaluateCel('a.n < 20000', { a: { n: 11129 } })).toBe(true);
  expect(() => evaluateCel('a.n + 1', { a: { n: 11129 } })).toThrow();
  expect(evaluateCel('a.n + 1.0', { a: { n: 1 } })).toBe(2);
});

it('counts what each grant was used for', () => {
  bind('viewer');
  bind('creator', { role: 'roles/storage.objectCreator' });
  for (const name of ['a', 'b']) iam.require(alice, READ, object(name));
  iam.require(alice, 'storage.objects.create', object('c'));
  expect(iam.allows(alice, 'storage.objects.delete', object('c'))).toBe(false);
  expect([...iam.uses]).toEqual([
    ['viewer', 2],
    ['creator', 1],
  ]);
});

it('tells the only grant of a call from one of several', () => {
  bind('viewer');
  expect(iam.allows(alice, READ, object('a'))).toBe(true);
  bind('second');
  bind('denied', { condition: 'false' });
  expect(iam.allows(alice, READ, object('a'))).toBe(true);
  iam.unbind('viewer');
  expect(iam.allows(alice, READ, object('a'))).toBe(true);
  expect([...iam.sole]).toEqual([
    ['viewer', 1],
    ['second', 1],
  ]);
});

describe('an access token', () => {
  it('gives its caller until it expires', () => {
    const token = iam.issueToken(alice, 1000);
    expect(iam.callerOf(`Bearer ${token}`)).toEqual(alice);
    expect(iam.callerOf(`bearer ${token}`)).toEqual(alice);
    clock.advance(999);
    expect(iam.callerOf(`Bearer ${token}`)).toEqual(alice);
    clock.advance(1);
    expect(() => iam.callerOf(`Bearer ${token}`)).toThrow(expect.objectContaining({ status: 'UNAUTHENTICATED' }));
  });

  it('without a lifetime never expires', () => {
    const token = iam.issueToken(alice);
    clock.advance(1e12);
    expect(iam.callerOf(`Bearer ${token}`)).toEqual(alice);
  });

  it.each([
    ['no header', undefined, /missing required authentication/],
    ['another scheme', 'Basic YWxpY2U6', /missing required authentication/],
    ['an unknown token', 'Bearer ya29.nobody', /unknown or expired/],
    ['an empty token', 'Bearer ', /missing required authentication/],
  ])('is asked for: %s', (_, header, message) => {
    expect(() => iam.callerOf(header)).toThrow(
      expect.objectContaining({ status: 'UNAUTHENTICATED', http: 401, message: expect.stringMatching(message) }),
    );
  });
});

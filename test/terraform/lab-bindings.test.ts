import { describe, expect, it } from 'vitest';
import { ATTESTATION_ISSUER } from '#local/cloud/identity/instance-claims.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { bindLab } from '#local/lab/bindings.ts';
import { ACCEPTED_MS } from '#local/lab/differences.ts';
import { account, attested, user } from '#local/lab/people.ts';
import { readLabPlan } from '#local/lab/plan-file.ts';
import { planGrants } from '#local/lab/plan-grants.ts';
import { providerOf } from '#local/lab/pools.ts';
import { attestationCondition, attestationMapping } from '#schemas/attestation-condition.ts';
import {
  approvedObject,
  badShareObject,
  outcomeObject,
  receiptObject,
  refusalObject,
  requestObject,
  submittedObject,
  waitingObject,
  withdrawnObject,
} from '#schemas/names.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';
import { lawFor } from './lab-law.ts';
import { DIGEST } from './tokens.ts';

const world = createWorld({ clock: new VirtualClock(Date.UTC(2026, 0, 1)) });

const law = lawFor(world);

const ASKED = /^(buckets|topics|subscriptions|keys|services|serviceAccounts|repositories|subnetworks|projects)\//;

describe('the bindings that the local cloud runs under', () => {
  const own = createWorld({ project: world.project, clock: new VirtualClock(Date.UTC(2026, 0, 1)) });
  bindLab(own, law, DIGEST);

  it('are those of the plan of examples/lab, and no others', () => {
    const planned = planGrants(readLabPlan(), own, law, DIGEST);
    expect(own.iam.bindings.map(({ id: _, ...grant }) => grant)).toEqual(planned);
    const { grants, coSignerGrants } = readLabPlan();
    expect(planned).toHaveLength(grants.length + coSignerGrants.length * law.coSigners.length);
  });

  it('are each on a thing, for a member and with a role that local servers look up', () => {
    const asked = own.iam.bindings.filter(({ resource }) => ASKED.test(resource));
    expect(asked.filter(({ permissions }) => permissions === undefined || permissions.size === 0)).toEqual([]);
    expect(asked.flatMap(({ members }) => members).filter((member) => /[{} ]/.test(member))).toEqual([]);
    expect(own.iam.bindings.filter(({ condition }) => /\{(?!until)/.test(condition ?? ''))).toEqual([]);
    // Google's build, BigQuery and the image repository have no local server.
    const others = own.iam.bindings.filter(({ resource }) => !ASKED.test(resource)).map(({ resource }) => resource);
    expect([...new Set(others.map((resource) => resource.split(' ')[0]))].sort()).toEqual([
      'dataset',
      'home',
      'repository',
      'table',
    ]);
  });

  it.each([
    ['a co-signer uploads under the own prefix', 'storage.objects.create', 'alice/shares/x', true],
    ['and not under another’s', 'storage.objects.create', 'bob/shares/x', false],
    ['nor deletes', 'storage.objects.delete', 'alice/shares/x', false],
  ])('%s', (_, permission, object, allowed) => {
    const bucket = 'lab-keys';
    const resource = {
      name: `projects/_/buckets/${bucket}/objects/${object}`,
      type: 'storage.googleapis.com/Object',
      service: 'storage.googleapis.com',
      policies: [`buckets/${bucket}`, `projects/${own.project.id}`],
    };
    expect(own.iam.allows(user('alice'), permission, resource)).toBe(allowed);
  });

  const ID = 'a'.repeat(64);
  it.each([
    ['intake', [requestObject(ID), withdrawnObject(ID), refusalObject(ID, ID)]],
    ['collect', [approvedObject(ID)]],
    ['launch', []],
    ['finalize', [outcomeObject(ID), receiptObject(ID, 0)]],
    ['image', [submittedObject(ID), badShareObject(ID, 'alice', '1')]],
  ] as const)('%s creates the facts of its own step and no others', (who, facts) => {
    const all = [
      ...[requestObject, withdrawnObject, approvedObject, submittedObject, outcomeObject].map((name) => name(ID)),
      refusalObject(ID, ID),
      receiptObject(ID, 0),
      badShareObject(ID, 'alice', '1'),
      waitingObject(ID, 'PAUSED'),
    ];
    const caller = who === 'image' ? callerNamed('image', attested(world, 'operator', DIGEST)) : account(world, who);
    const may = all.filter((object) =>
      own.iam.allows(caller, 'storage.objects.create', {
        name: `projects/_/buckets/lab-results/objects/${object}`,
        type: 'storage.googleapis.com/Object',
        service: 'storage.googleapis.com',
        policies: ['buckets/lab-results', `projects/${own.project.id}`],
      }),
    );
    expect(may.sort()).toEqual([...facts].sort());
  });

  it('an acceptance is over when its time is up', () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const later = createWorld({ project: world.project, clock });
    bindLab(later, law, DIGEST);
    const key = law.coSigners[0]?.releaseKey ?? '';
    const resource = {
      name: key,
      type: 'cloudkms.googleapis.com/CryptoKey',
      service: 'cloudkms.googleapis.com',
      policies: [`keys/${key}`, `projects/${own.project.id}`],
    };
    const image = callerNamed('image', attested(later, 'alice', DIGEST));
    expect(later.iam.allows(image, 'cloudkms.cryptoKeyVersions.useToDecrypt', resource)).toBe(true);
    clock.advance(366 * 86_400_000);
    expect(later.iam.allows(image, 'cloudkms.cryptoKeyVersions.useToDecrypt', resource)).toBe(false);
  });

  it('differ from the plan in names and in the end of an acceptance, and in nothing else', () => {
    const { grants, coSignerGrants } = readLabPlan();
    const conditions = own.iam.bindings.map(({ condition }) => condition ?? '');
    expect(conditions.filter((each) => each.includes('request.time'))).toHaveLength(
      coSignerGrants.filter(({ condition }) => condition?.includes('{until}')).length * law.coSigners.length,
    );
    const end = new Date(own.clock.now() + ACCEPTED_MS).toISOString();
    const back = (text: string): string =>
      text
        .replaceAll(`timestamp("${end}")`, 'timestamp("{until}")')
        .replaceAll(own.project.id, '{project}')
        .replaceAll(own.project.number, '{project number}')
        .replaceAll(/buckets\/lab-(\w+)\//g, 'buckets/{bucket $1}/')
        .replaceAll(/objects\/(alice|bob)\//g, 'objects/{prefix}');
    expect([...new Set(conditions.map(back))].sort()).toEqual(
      [...new Set([...grants, ...coSignerGrants].map(({ condition = '' }) => condition))].sort(),
    );
  });

  it.each(['operator', 'alice', 'bob'])('the pool of %s is the plan’s, with this project and account', (who) => {
    const { issuer, allowedAudiences, attributeMapping, attributeCondition } = providerOf(world, who);
    expect(issuer).toBe(ATTESTATION_ISSUER);
    expect(allowedAudiences).toEqual(['https://sts.googleapis.com']);
    expect(attributeMapping).toEqual(attestationMapping());
    expect(attributeCondition).toBe(
      attestationCondition({
        projectNumber: law.operator.projectNumber,
        serviceAccount: law.operator.workloadAccount,
        allowedEnv: ['KEYTURN_TURN'],
      }),
    );
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CloudStatus } from '#local/cloud/runtime/cloud-error.ts';
import { ended, expectOnce } from './support/ends.ts';
import { type FaultLab, PATIENCE, startFaultLab } from './support/lab.ts';
import { type Asked, askAndApprove } from './support/people.ts';

let lab: FaultLab;

beforeAll(async () => {
  lab = await startFaultLab();
}, PATIENCE);
afterAll(() => lab?.close());

type Planned = readonly [method: string, matching: (id: string) => string];

/** Every method of Google's that functions and workload call, and where it hurts most. */
const CALLS: readonly Planned[] = [
  ['storage.objects.insert', (id) => `lab-work/open/treasury/${id}`],
  ['storage.objects.insert', () => 'lab-work/references/'],
  ['storage.objects.insert', (id) => `${id}/request.json`],
  ['storage.objects.insert', (id) => `${id}/approved.json`],
  ['storage.objects.insert', () => 'lab-work/turns/'],
  ['storage.objects.insert', () => 'lab-register/seals/'],
  ['storage.objects.insert', (id) => `lab-signed/${id}`],
  ['storage.objects.insert', (id) => `${id}/submitted.json`],
  ['storage.objects.insert', () => 'lab-results/receipts/'],
  ['storage.objects.insert', (id) => `${id}/outcome.json`],
  ['storage.objects.insert', () => '.closed'],
  ['storage.objects.get', (id) => `${id}/request.json`],
  ['storage.objects.get', (id) => `alice/shares/${id}`],
  ['storage.objects.get', () => 'lab-work/paused'],
  ['storage.objects.get', () => 'lab-work/operations.json'],
  ['storage.objects.list', (id) => `requests/${id}`],
  ['storage.objects.list', (id) => `bob/shares/${id}`],
  ['storage.objects.list', () => 'lab-register/seals/'],
  ['storage.objects.list', () => 'lab-work/open/'],
  ['storage.objects.patch', (id) => `lab-work/open/treasury/${id}`],
  ['storage.objects.delete', (id) => `lab-work/open/treasury/${id}`],
  ['storage.buckets.get', () => 'lab-register'],
  ['pubsub.publish', () => 'lab-request-events'],
  ['pubsub.publish', () => 'lab-approved'],
  ['pubsub.publish', () => 'lab-submitted'],
  ['pubsub.publish', () => 'lab-receipts'],
  ['kms.decrypt', () => 'alice'],
  ['kms.decrypt', () => 'bob'],
  ['compute.instances.insert', () => ''],
  ['compute.instances.get', () => ''],
  ['sts.token', () => 'keyturn-operator'],
  ['sts.token', () => 'keyturn-alice'],
  ['attestation.token', () => ''],
  ['run.routes.invoke', () => 'intake'],
  ['run.routes.invoke', () => 'collect'],
  ['run.routes.invoke', () => 'launch'],
  ['run.routes.invoke', () => 'finalize'],
  ['run.routes.invoke', () => 'reconcile'],
  ['pubsub.push', () => 'lab-approved-push'],
];

const STATUSES = ['UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'] as const;
/** Each of them in turn. */
const statusOf = (n: number): CloudStatus => STATUSES[(n % STATUSES.length) as 0 | 1 | 2 | 3];

describe('a call that fails once', () => {
  test.each(['before', 'after'] as const)(
    '%s its effect, for each method in use',
    async (kind) => {
      const asked: Asked[] = [];
      // There is no such object, so that its reading has no effect whose answer could be lost.
      const planned = CALLS.filter(([, matching]) => kind === 'before' || matching('') !== 'lab-work/paused');
      for (const [n, [method, matching]] of planned.entries()) {
        const one = askAndApprove(lab);
        asked.push(one);
        lab.world.faults.add({
          method,
          kind,
          matching: matching(one.id),
          status: statusOf(n),
        });
      }
      await ended(lab, asked);
      // The last of them falls when the turn closes.
      await lab.until('no machine', () => lab.servers.launcher.workloads.size === 0 || undefined);
      expect(lab.world.faults.pending, 'every planned fault was met').toEqual([]);
      await expectOnce(lab, asked);
    },
    PATIENCE,
  );
});

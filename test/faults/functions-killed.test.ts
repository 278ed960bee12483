import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, FUNCTION_NAMES, type FunctionName } from '#local/lab/people.ts';
import { requestObject } from '#schemas/names.ts';
import { ended, expectOnce } from './support/ends.ts';
import { at, killFunctions, strikeAt, type When } from './support/kill.ts';
import { type FaultLab, PATIENCE, peek, startFaultLab } from './support/lab.ts';
import { type Asked, approve, ask, askAndApprove } from './support/people.ts';

let lab: FaultLab;

beforeAll(async () => {
  lab = await startFaultLab();
}, PATIENCE);
afterAll(() => lab?.close());

type Moment = readonly [who: readonly FunctionName[], when: (id: string) => When];

/** Reconcile does what is left of anybody's work, so whoever is in the middle of it dies. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  'intake, before the open mark': [
    ['intake'],
    (id) => at('before', 'storage.objects.insert', `lab-work/open/treasury/${id}`),
  ],
  'intake, after the open mark': [
    ['intake'],
    (id) => at('after', 'storage.objects.insert', `lab-work/open/treasury/${id}`),
  ],
  'intake, after the reference is taken': [
    ['intake'],
    () => at('after', 'storage.objects.insert', 'lab-work/references/'),
  ],
  'intake, before request.json': [['intake'], (id) => at('before', 'storage.objects.insert', `${id}/request.json`)],
  'intake, after request.json': [['intake'], (id) => at('after', 'storage.objects.insert', `${id}/request.json`)],
  'collect, before approved.json': [
    ['collect', 'reconcile'],
    (id) => at('before', 'storage.objects.insert', `${id}/approved.json`),
  ],
  'collect, after approved.json': [
    ['collect', 'reconcile'],
    (id) => at('after', 'storage.objects.insert', `${id}/approved.json`),
  ],
  'collect, before it says that a turn is due': [
    ['collect', 'reconcile'],
    () => at('before', 'pubsub.publish', 'lab-approved'),
  ],
  'launch, before the claim': [['launch'], () => at('before', 'storage.objects.insert', 'lab-work/turns/')],
  'launch, after the claim': [['launch'], () => at('after', 'storage.objects.insert', 'lab-work/turns/')],
  'launch, before the machine': [['launch'], () => at('before', 'compute.instances.insert')],
  'launch, after the machine': [['launch'], () => at('after', 'compute.instances.insert')],
  'finalize, before the receipt': [
    ['finalize', 'reconcile'],
    (id) => at('before', 'storage.objects.insert', `/${id}.json`),
  ],
  'finalize, after the receipt': [
    ['finalize', 'reconcile'],
    (id) => at('after', 'storage.objects.insert', `/${id}.json`),
  ],
  'finalize, after the outcome': [
    ['finalize', 'reconcile'],
    (id) => at('after', 'storage.objects.insert', `${id}/outcome.json`),
  ],
  'finalize, after the receipt is told': [
    ['finalize', 'reconcile'],
    () => at('after', 'pubsub.publish', 'lab-receipts'),
  ],
  'finalize, before the mark goes': [['finalize', 'reconcile'], (id) => at('before', 'storage.objects.delete', id)],
  'finalize, after the mark went': [['finalize', 'reconcile'], (id) => at('after', 'storage.objects.delete', id)],
  'reconcile, in the middle of a tick': [['reconcile'], () => at('after', 'storage.objects.list', 'lab-work/open/')],
};

/** Bytes and receipts both end in `/<id>.json`; only the receipts bucket is finalize's. */
const narrowed = (name: string, when: When): When =>
  name.includes('the receipt') && !name.includes('told')
    ? (call) => call.detail.includes('/receipts/') && when(call)
    : when;

/** In two waves, so that no function dies so often at once that its restarts back off for long. */
const WAVES = [/^(intake|collect|launch),/, /^(finalize|reconcile),/] as const;

describe('a function that is killed in the middle of a request', () => {
  test.each(WAVES)(
    'changes nothing about the end: one transaction, one receipt each: %s',
    async (wave) => {
      const asked = [];
      const met: string[] = [];
      const moments = Object.entries(MOMENTS).filter(([name]) => wave.test(name));
      for (const [name, [who, when]] of moments) {
        const request = askAndApprove(lab);
        asked.push(request);
        void strikeAt(lab, narrowed(name, when(request.id)), () => {
          met.push(name);
          killFunctions(lab, who);
        });
      }
      await ended(lab, asked);
      await expectOnce(lab, asked);
      expect(met.toSorted(), 'every moment came').toEqual(moments.map(([name]) => name).toSorted());
    },
    PATIENCE,
  );
});

/** What each does itself, whatever reconcile does for it at other times. */
const OWN: Readonly<Record<FunctionName, (id: string) => When>> = {
  intake: (id) => at('after', 'storage.objects.insert', `${id}/request.json`),
  collect: (id) => at('before', 'storage.objects.insert', `${id}/approved.json`),
  launch: () => at('after', 'storage.objects.insert', 'lab-work/turns/'),
  finalize: (id) => at('before', 'storage.objects.insert', `/${id}.json`),
  reconcile: () => at('after', 'storage.objects.list', 'lab-work/open/'),
};

describe('each of the five dies over work of its own, not over what reconcile did for it', () => {
  test.each(FUNCTION_NAMES)(
    '%s',
    async (name) => {
      const asked: Asked[] = [];
      const { name: self } = account(lab.world, name);
      let died = false;
      // Where reconcile was faster, the next request is tried.
      while (!died) {
        const one = ask(lab);
        asked.push(one);
        const when = OWN[name](one.id);
        void strikeAt(
          lab,
          (call) => !died && call.by === self && when(call),
          () => {
            died = true;
            killFunctions(lab, [name]);
          },
        );
        const { results } = lab.description.buckets;
        await lab.until('request.json', () => peek(lab, results, requestObject(one.id)));
        approve(lab, one);
        await ended(lab, [one]);
      }
      await expectOnce(lab, asked);
    },
    PATIENCE,
  );
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submittedObject } from '#schemas/names.ts';
import { type LossyProxy, startProxy } from './proxy.ts';
import { ended, expectOnce } from './support/ends.ts';
import { afterThat, at, killWorkloads, strikeAt, type When } from './support/kill.ts';
import { type FaultLab, PATIENCE, peek, startFaultLab } from './support/lab.ts';
import { type Asked, askAndApprove } from './support/people.ts';

/** What the rpc proxy does at the next sending of bytes. */
let atSend: { readonly phase: 'before' | 'after'; readonly strike: () => void } | undefined;
let lab: FaultLab;
const proxies: LossyProxy[] = [];
const all: Asked[] = [];

const struck = (phase: 'before' | 'after', method: string): boolean => {
  if (method !== 'eth_sendRawTransaction' || atSend?.phase !== phase) return false;
  const { strike } = atSend;
  atSend = undefined;
  strike();
  return true;
};

beforeAll(async () => {
  lab = await startFaultLab({
    reroute: async (service, target) => {
      if (service !== 'rpc') return target;
      const proxy = await startProxy({
        target,
        judge: ({ method }) => (struck('before', method) ? 'reset' : 'pass'),
        answered: ({ method }) => void struck('after', method),
      });
      proxies.push(proxy);
      return proxy.url;
    },
  });
}, PATIENCE);

afterAll(async () => {
  await lab?.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
});

/** A request of its own; the machine that works on it dies at `when`; later it is submitted all the same. */
const diesAt = async (when: (id: string) => When, fresh = false): Promise<void> => {
  if (fresh) await lab.until('no machine', () => lab.servers.launcher.workloads.size === 0 || undefined);
  const asked = askAndApprove(lab);
  all.push(asked);
  const strike = strikeAt(lab, when(asked.id), () => killWorkloads(lab));
  await strike;
  await submitted(asked);
};

const submitted = ({ id }: Asked): Promise<unknown> =>
  lab.until(`submission of ${id}`, () => peek(lab, lab.description.buckets.results, submittedObject(id)));

describe('a machine that is killed at any stage leaves one transaction and one receipt', () => {
  test('at its first word', async () => {
    const asked = askAndApprove(lab);
    all.push(asked);
    await new Promise<void>((resolve) => {
      const end = lab.onLine((line) => {
        if (!line.includes('"turn.start"')) return;
        end();
        killWorkloads(lab);
        resolve();
      });
    });
    await submitted(asked);
  });

  test.each<[string, (id: string) => When, boolean?]>([
    ['before a pool takes its token', () => at('before', 'sts.token'), true],
    ['after it looked at the lock of the register', () => at('after', 'storage.buckets.get', 'register'), true],
    ['after the shares are decrypted', () => at('after', 'kms.decrypt', 'bob')],
    ['after the evidence token', () => afterThat(at('after', 'kms.decrypt', 'bob'), at('after', 'attestation.token'))],
    ['before the seal', () => at('before', 'storage.objects.insert', 'lab-register/seals/')],
    ['after the seal', () => at('after', 'storage.objects.insert', 'lab-register/seals/')],
    [
      'before the second look',
      () =>
        afterThat(
          at('after', 'storage.objects.insert', 'lab-register/'),
          at('before', 'storage.objects.list', 'lab-register/'),
        ),
    ],
    ['before the bytes are stored', (id) => at('before', 'storage.objects.insert', `lab-signed/${id}`)],
    ['after the bytes are stored', (id) => at('after', 'storage.objects.insert', `lab-signed/${id}`)],
    ['before submitted.json', (id) => at('before', 'storage.objects.insert', `${id}/submitted.json`)],
    ['after submitted.json', (id) => at('after', 'storage.objects.insert', `${id}/submitted.json`)],
    ['before it says that it is submitted', () => at('before', 'pubsub.publish', 'lab-submitted')],
    ['after it said that it is submitted', () => at('after', 'pubsub.publish', 'lab-submitted')],
    ['before the turn is closed', () => at('before', 'storage.objects.insert', '.closed')],
    ['after the turn is closed', () => at('after', 'storage.objects.insert', '.closed')],
  ])('%s', async (_, when, fresh) => {
    await diesAt(when, fresh);
  });

  test.each(['before', 'after'] as const)('%s the broadcast', async (phase) => {
    const asked = askAndApprove(lab);
    all.push(asked);
    await new Promise<void>((resolve) => {
      atSend = {
        phase,
        strike: () => {
          killWorkloads(lab);
          resolve();
        },
      };
    });
    await submitted(asked);
  });

  test('and all of them ended once', async () => {
    await ended(lab, all);
    await expectOnce(lab, all);
    expect(all).toHaveLength(18);
  });
});

import { describe, expect, test } from 'vitest';
import { type RequestOptions, run } from '#cli/commands/request.ts';
import type { Json } from '#schemas/canonical.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { approvedObject, outcomeObject, requestObject, submittedObject } from '#schemas/names.ts';
import { parseRequestBytes } from '#schemas/request-bytes.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  idOf,
  NOW,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const HASH = `0x${'7'.repeat(64)}`;
const usual: RequestOptions = { to: BOB, value: '0.5 ether', reference: 'invoice-1', wait: true };

/** The rest of the world, one step each time somebody sleeps. */
const living = (outcome: OutcomeKind | undefined, options: CliHarnessOptions = {}): CliHarness => {
  const stage = stageOf({ me: 'dapp', ...options });
  const { lawHash } = stage.session.deployment.config;
  const put = (name: string, fact: Json) => stage.storage.put('lab-results', name, fact);
  const steps: ((id: string) => void)[] = [
    (id) => {
      const request = parseRequestBytes(new TextEncoder().encode(stage.published[0]?.text ?? ''));
      put(requestObject(id), { id, walletAddress: WALLET_ADDRESS, lawHash, request });
    },
    (id) => void put(approvedObject(id), { id, wallet: 'treasury', coSigners: ['alice', 'bob'] }),
    (id) =>
      void put(submittedObject(id), {
        id,
        wallet: 'treasury',
        chainId: '31337',
        from: WALLET_ADDRESS,
        nonce: '3',
        transactionHashes: [HASH],
        approvedBy: ['alice', 'bob'],
        seal: 'seals/1',
      }),
    (id) => {
      if (outcome === undefined) return;
      const [transactionHash, blockNumber] = outcome === 'finalized' ? [HASH, '9'] : ['', ''];
      const code = outcome === 'expired' ? 'EXPIRED' : '';
      put(outcomeObject(id), {
        id,
        wallet: 'treasury',
        outcome,
        code,
        reason: '',
        transactionHash,
        blockNumber,
        receipt: '',
      });
    },
  ];
  stage.clock.meanwhile = () => {
    const text = stage.published[0]?.text;
    if (text !== undefined) steps.shift()?.(idOf(parseRequestBytes(new TextEncoder().encode(text))));
  };
  return stage;
};

describe('--wait', () => {
  test('tells each stage, and ends with the outcome: 0 where the payment is final', async () => {
    const stage = living('finalized');
    expect(await run(stage.session, usual)).toBe(0);
    const lines = stage.stdout.text.split('\n');
    const told = ['accepted at', 'approved', 'submitted, nonce 3', 'finalized'];
    const places = told.map((words) => lines.findIndex((line) => line.startsWith(words)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(stage.published).toHaveLength(1);
  });

  test('for a program: one object, with what backs it', async () => {
    const stage = living('finalized', { json: true });
    expect(await run(stage.session, usual)).toBe(0);
    expect(stage.json()).toMatchObject({
      ok: true,
      answer: 'accepted',
      outcome: { outcome: 'finalized', transactionHash: HASH },
      // No register and no chain of this test has heard of it.
      backing: { kind: 'unverified', because: expect.any(String) },
    });
  });

  test.each(['expired', 'reverted', 'rejected', 'superseded'] as const)('%s is exit code 1', async (outcome) => {
    const stage = living(outcome, { json: true });
    expect(await run(stage.session, usual)).toBe(1);
    expect(stage.json()).toMatchObject({ ok: false, outcome: { outcome } });
  });

  test('no end within --timeout: says that it is accepted, and how to go on', async () => {
    const stage = living(undefined);
    await expect(run(stage.session, { ...usual, timeout: '2m' })).rejects.toMatchObject({
      code: 'DEADLINE',
      message: expect.stringMatching(/is accepted, but not over yet: \.\/keyturn why [0-9a-f]{8}$/),
    });
    expect(stage.clock.now() - NOW).toBeLessThan(200_000);
  });

  test('without --timeout it waits as long as the request is valid, and half an hour', async () => {
    const stage = living(undefined);
    await expect(run(stage.session, usual)).rejects.toMatchObject({ code: 'DEADLINE' });
    const minutes = Math.round((stage.clock.now() - NOW) / 60_000);
    expect(minutes).toBe(90);
  });

  test('exit code 0 is for nobody who may not read the results: nothing is published', async () => {
    const stage = living('finalized');
    stage.storage.fault = denying('lab-results');
    await expect(run(stage.session, usual)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: '--wait: you may not read gs://lab-results, so the end would not be seen here',
    });
    expect(stage.published).toEqual([]);
  });

  test('nor for who may not read them any more', async () => {
    const stage = living('finalized');
    const { publish } = await stage.session.ports.publisher();
    const ports = {
      ...stage.session.ports,
      publisher: () =>
        Promise.resolve({
          publish: (...message: Parameters<typeof publish>) => {
            stage.storage.fault = denying('lab-results');
            return publish(...message);
          },
        }),
    };
    await expect(run({ ...stage.session, ports }, usual)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(stage.published).toHaveLength(1);
  });

  test('--timeout is for all of it, also where intake is slow or does not answer', async () => {
    const late = living('finalized');
    const live = late.clock.meanwhile;
    late.clock.meanwhile = () => {
      if (late.clock.now() - NOW > 120_000) live?.();
    };
    expect(await run(late.session, { ...usual, timeout: '5m' })).toBe(0);
    const never = stageOf({ me: 'dapp' });
    await expect(run(never.session, { ...usual, timeout: '10s' })).rejects.toMatchObject({
      code: 'DEADLINE',
      message: expect.stringContaining('intake has not answered yet'),
    });
    expect(never.clock.now() - NOW).toBeLessThan(12_000);
  });
});

test('--no-wait asks for nothing', async () => {
  const stage = living('finalized', { json: true });
  expect(await run(stage.session, { ...usual, wait: false })).toBe(0);
  expect(stage.json()).toMatchObject({ answer: 'unknown' });
  expect(stage.clock.now()).toBe(NOW);
});

import { describe, expect, test } from 'vitest';
import { type CancelOptions, run as cancel } from '#cli/commands/cancel.ts';
import { type WithdrawOptions, run as withdraw } from '#cli/commands/withdraw.ts';
import { ceilingsAbove } from '#cli/request/cancelling.ts';
import { withdrawalIn } from '#core/facts/withdrawal.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { OutcomeKind } from '#schemas/facts.ts';
import { outcomeObject, refusalObject, submittedObject } from '#schemas/names.ts';
import { parseRequest, type TransactionRequest } from '#schemas/request.ts';
import { parseRequestBytes } from '#schemas/request-bytes.ts';

import {
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';
import { denying } from '#test/support/memory-storage.ts';

const HASH = `0x${'1'.repeat(64)}`;

const dapp = (options: CliHarnessOptions = {}): CliHarness => stageOf({ me: 'dapp', json: true, ...options });

const submit = (stage: CliHarness, id: string, nonce = '4'): void => {
  stage.storage.put('lab-results', submittedObject(id), {
    id,
    wallet: 'treasury',
    chainId: '31337',
    from: WALLET_ADDRESS,
    nonce,
    transactionHashes: [HASH],
    approvedBy: ['alice', 'bob'],
    seal: 's',
  });
};

const end = (stage: CliHarness, id: string, outcome: OutcomeKind): void => {
  stage.storage.put('lab-results', outcomeObject(id), {
    id,
    wallet: 'treasury',
    outcome,
    code: '',
    reason: '',
    transactionHash: '',
    blockNumber: '',
    receipt: '',
  });
};

describe('keyturn cancel', () => {
  const printed = async (stage: CliHarness, id: string, options: CancelOptions = {}): Promise<TransactionRequest> => {
    stage.stdout.text = '';
    expect(await cancel(stage.session, id, { ...options, print: true })).toBe(0);
    return parseRequest(JSON.parse(stage.stdout.text).request);
  };

  test('what is not sealed is withdrawn, not cancelled', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    await expect(cancel(stage.session, id, {})).rejects.toMatchObject({
      code: 'REPLACES_UNKNOWN',
      message: expect.stringContaining('./keyturn withdraw'),
    });
    expect(stage.published).toEqual([]);
  });

  test.each(['finalized', 'withdrawn'] as const)('nor what is %s', async (outcome) => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id);
    end(stage, id, outcome);
    await expect(cancel(stage.session, id, {})).rejects.toMatchObject({
      code: 'ALREADY_OVER',
      message: expect.stringContaining(outcome),
    });
  });

  test('nor what is mined', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id);
    stage.chain.receipts.set(HASH, {
      transactionHash: HASH,
      blockNumber: 5n,
      blockHash: `0x${'b'.repeat(64)}`,
      success: true,
      gasUsed: 21_000n,
      effectiveGasPrice: 1n,
      l1Fee: undefined,
    });
    await expect(cancel(stage.session, id, {})).rejects.toMatchObject({ message: expect.stringContaining('is mined') });
    expect(stage.published).toEqual([]);
  });

  test('an unknown id', async () => {
    await expect(cancel(dapp().session, 'deadbeef', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each<[CancelOptions, string]>([
    [{ maxFee: '40 gwei' }, '--max-fee: must be at least'],
    [{ maxPriorityFee: '1 gwei' }, '--max-priority-fee: must be at least'],
    [{ maxFee: 'much' }, '--max-fee: must be digits'],
  ])('%j would not beat what it replaces', async (options, words) => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id);
    await expect(cancel(stage.session, id, options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(words),
    });
  });

  test('gas and fees as the chain says, or as given', async () => {
    const asked = async (options: CliHarnessOptions, given: CancelOptions = {}) => {
      const stage = dapp(options);
      const id = stage.accept(requestOf());
      submit(stage, id);
      return printed(stage, id, given);
    };
    // An L2 that charges for its data in gas, and wants more than the old tip.
    const tips = { suggested: 300n * 10n ** 9n, paid: [] };
    expect(await asked({ estimate: 400_000n, tips })).toMatchObject({
      gasLimit: '500000',
      maxPriorityFeePerGas: '300000000000',
    });
    expect(await asked({}, { gasLimit: '30000' })).toMatchObject({ gasLimit: '30000' });
  });

  test('no gas is filled in where the chain cannot say', async () => {
    const stage = dapp({ estimate: { kind: 'unknown', reason: 'CHAIN_UNREACHABLE: no' } });
    const id = stage.accept(requestOf());
    submit(stage, id);
    await expect(cancel(stage.session, id, {})).rejects.toMatchObject({ code: 'USAGE', field: 'gasLimit' });
  });

  test('the same nonce, nothing to nobody, at higher fees, under a reference of its own', async () => {
    const stage = dapp();
    const old = requestOf();
    const id = stage.accept(old);
    submit(stage, id);
    const request = await printed(stage, id);
    expect(request).toMatchObject({
      to: WALLET_ADDRESS,
      value: '0',
      data: '0x',
      gasLimit: '21000',
      nonce: '4',
      replaces: id,
      type: '2',
      reference: `cancel:${id.slice(0, 32)}:4`,
      memo: 'cancels invoice-1',
    });
    const top = rungFees(request).at(-1);
    for (const rung of rungFees(old)) {
      expect((top?.maxFeePerGas ?? 0n) * 8n).toBeGreaterThanOrEqual(rung.maxFeePerGas * 9n);
      expect((top?.maxPriorityFeePerGas ?? 0n) * 8n).toBeGreaterThanOrEqual(rung.maxPriorityFeePerGas * 9n);
    }
  });

  test('as high as the chain wants by now; and without an answer of the chain, above the old one', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id);
    stage.chain.baseFee = 100_000_000_000n;
    expect(BigInt((await printed(stage, id)).maxFeePerGas)).toBeGreaterThan(200_000_000_000n);
    const down = dapp({ ports: { chains: () => Promise.reject(new KeyturnError('CHAIN_UNREACHABLE', 'no answer')) } });
    submit(down, down.accept(requestOf()));
    expect((await printed(down, id)).maxFeePerGas).toBe('60000001000');
  });

  test('of a request with one gas price', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf({ type: '0', maxPriorityFeePerGas: '' }));
    submit(stage, id);
    expect(await printed(stage, id)).toMatchObject({
      type: '0',
      maxPriorityFeePerGas: '',
      maxFeePerGas: '60000001000',
    });
  });

  test('an identity that may not read the register goes by what was submitted', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id, '9');
    stage.storage.fault = denying('lab-register/');
    expect((await printed(stage, id)).nonce).toBe('9');
  });

  test('published, and answered like any request', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    submit(stage, id);
    stage.clock.meanwhile = () => {
      const [message] = stage.published;
      if (message !== undefined) stage.accept(parseRequestBytes(new TextEncoder().encode(message.text)));
    };
    expect(await cancel(stage.session, id, {})).toBe(0);
    expect(stage.json()).toMatchObject({ ok: true, answer: 'accepted', request: { replaces: id } });
    expect(stage.published[0]?.topic).toBe('lab-transaction-requests');
  });

  test('the fees of all that compete for the nonce count', () => {
    const cheap = requestOf({ maxFeePerGas: '10', maxPriorityFeePerGas: '8' });
    const dear = requestOf({ maxFeePerGas: '20', maxPriorityFeePerGas: '2' });
    expect(ceilingsAbove([cheap, dear])).toEqual({ fee: 1030n, tip: 1012n });
    expect(ceilingsAbove([requestOf({ type: '0', maxFeePerGas: '10', maxPriorityFeePerGas: '' })])).toEqual({
      fee: 1015n,
      tip: 1015n,
    });
  });
});

describe('keyturn withdraw', () => {
  const take = (stage: CliHarness, id: string, options: WithdrawOptions = {}) => withdraw(stage.session, id, options);

  test.each<[string, (stage: CliHarness, id: string) => void, string, string]>([
    ['submitted', (stage, id) => submit(stage, id), 'WITHDRAW_LATE', './keyturn cancel'],
    ['rejected', (stage, id) => end(stage, id, 'rejected'), 'ALREADY_OVER', 'it is rejected already'],
    ['final', (stage, id) => end(stage, id, 'finalized'), 'ALREADY_OVER', 'it is mined, and nothing can take it back'],
  ])('too late: %s', async (_, meanwhile, code, words) => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    meanwhile(stage, id);
    await expect(take(stage, id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(stage.published).toEqual([]);
  });

  test('options that are wrong', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    await expect(take(stage, id, { signature: '0x12' })).rejects.toMatchObject({ code: 'USAGE', field: 'signature' });
    await expect(take(stage, id, { timeout: 'long' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(take(stage, 'deadbeef')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a signed request is withdrawn by a signature only', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf({ requesterSignature: `0x${'1'.repeat(130)}` }));
    await expect(take(stage, id)).rejects.toMatchObject({
      code: 'BAD_SIGNATURE',
      message: expect.stringMatching(/0x[0-9a-f]{64} \(EIP-712\)/),
    });
    expect(await take(stage, id, { signature: `0x${'2'.repeat(130)}`, print: true })).toBe(0);
    expect(withdrawalIn(new TextEncoder().encode(stage.stdout.text))?.requesterSignature).toBe(`0x${'2'.repeat(130)}`);
  });

  test('published as intake reads it, and believed when the outcome is there', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    stage.clock.meanwhile = () => {
      if (stage.clock.now() > NOW + 3000) end(stage, id, 'withdrawn');
    };
    expect(await take(stage, id)).toBe(0);
    expect(stage.json()).toMatchObject({ ok: true, answer: 'withdrawn', already: false });
    expect(withdrawalIn(new TextEncoder().encode(stage.published[0]?.text ?? ''))).toMatchObject({
      id,
      wallet: 'treasury',
      requester: 'dapp',
      reference: 'invoice-1',
    });
  });

  test('withdrawn before: nothing is published', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    end(stage, id, 'withdrawn');
    expect(await take(stage, id)).toBe(0);
    expect(stage.json()).toMatchObject({ already: true });
    expect(stage.published).toEqual([]);
  });

  test.each<[string, (stage: CliHarness, id: string) => void, string, string]>([
    ['it was signed', (stage, id) => submit(stage, id), 'WITHDRAW_LATE', 'it was signed before that'],
    ['it expired', (stage, id) => end(stage, id, 'expired'), 'ALREADY_OVER', 'it is expired already'],
  ])('meanwhile %s', async (_, meanwhile, code, words) => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    stage.clock.meanwhile = () => meanwhile(stage, id);
    await expect(take(stage, id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  test('refused, but not by what an earlier attempt was refused with', async () => {
    const refusing = (stage: CliHarness, data: Uint8Array): void => {
      const { lawHash } = stage.session.deployment.config;
      stage.storage.put('lab-results', refusalObject(sha256Hex(data), lawHash), {
        dataHash: sha256Hex(data),
        lawHash,
        code: 'WITHDRAW_UNKNOWN',
        field: 'replaces',
        reason: 'names no request of this requester',
        messageId: '1',
        reference: '',
        requester: '',
        wallet: '',
        existingId: '',
      });
    };
    const stage = dapp();
    const id = stage.accept(requestOf());
    await take(stage, id, { print: true });
    const data = new TextEncoder().encode(stage.stdout.text.trim());
    stage.stdout.text = '';
    refusing(stage, data);
    stage.clock.meanwhile = () => {
      if (stage.clock.now() > NOW + 2000) end(stage, id, 'withdrawn');
    };
    expect(await take(stage, id)).toBe(0);
    const late = dapp();
    late.accept(requestOf());
    late.clock.meanwhile = () => refusing(late, data);
    expect(await take(late, id)).toBe(1);
    expect(late.json()).toMatchObject({ ok: false, code: 'WITHDRAW_UNKNOWN' });
  });

  test('no answer in time; and not waited for', async () => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    await expect(take(stage, id, { timeout: '5s' })).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(await take(stage, id, { wait: false })).toBe(0);
    expect(stage.json()).toMatchObject({ answer: 'unknown' });
  });
});

describe('a short id, of a request that replaces or takes back another', () => {
  const deeds = {
    cancel: (stage: CliHarness, id: string, print: boolean) => cancel(stage.session, id, { print }),
    withdraw: (stage: CliHarness, id: string, print: boolean) => withdraw(stage.session, id, { print, wait: false }),
  };
  const sent = (deed: string): CliHarness & { readonly id: string } => {
    const stage = dapp();
    const id = stage.accept(requestOf());
    if (deed === 'cancel') submit(stage, id);
    return Object.assign(stage, { id });
  };

  test.each(Object.entries(deeds))(
    '%s under --json: nothing is published, and the whole id is told',
    async (deed, run) => {
      const stage = sent(deed);
      await expect(run(stage, stage.id.slice(0, 8), false)).rejects.toMatchObject({
        code: 'USAGE',
        field: 'json',
        message: expect.stringContaining(stage.id),
      });
      expect(stage.published).toEqual([]);
    },
  );

  test.each(Object.entries(deeds))('%s --print binds nothing, so it is enough', async (deed, run) => {
    const stage = sent(deed);
    expect(await run(stage, stage.id.slice(0, 8), true)).toBe(0);
    expect(stage.published).toEqual([]);
  });
});

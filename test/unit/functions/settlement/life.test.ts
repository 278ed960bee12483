import { describe, expect, test } from 'vitest';
import { standingStops } from '#core/facts/stops.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { signedObject } from '#schemas/names.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const rungsOf = (s: Pipeline, id: string): { hash: string; raw: string }[] => {
  const signed = s.storage.json(s.buckets.signed, signedObject(id));
  return (signed as { rungs: { hash: string; raw: string }[] }).rungs;
};

describe('given a request that is asked, approved and sealed', () => {
  test('then it is mined once, settled once, announced and cleared away', async () => {
    const s = stage();
    const id = await s.submit();
    expect(s.chain().sends).toEqual([rungsOf(s, id)[0]?.hash]);
    s.chain().mine();
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized', code: '', receipt: `receipts/2027/01/01/${id}.json` });
    expect(s.announced('keyturn.receipt', id)).toHaveLength(1);
    expect(s.announced('keyturn.request.outcome', id)).toHaveLength(1);
    expect(s.isOpen(id)).toBe(false);
  });

  test('the same submitted event twice: nothing happens', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    await s.finalize(id);
    const before = [...s.storage.names(s.buckets.results), ...s.publisher.types()];
    await s.finalize(id);
    expect([...s.storage.names(s.buckets.results), ...s.publisher.types()]).toEqual(before);
  });

  test('threat 35: the receipt lies under the day of the final block, whoever writes it, whenever', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    s.clock.advance(3 * 86_400_000);
    await s.tick();
    expect(s.storage.names(s.buckets.results, 'receipts/')).toEqual([`receipts/2027/01/01/${id}.json`]);
  });

  test('an empty answer is never a failure: not mined is waited for', async () => {
    const s = stage();
    const id = await s.submit();
    for (let n = 0; n < 5; n++) await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    expect(s.isOpen(id)).toBe(true);
  });
});

describe('the ladder', () => {
  test('given a rung that nobody mines, then reconcile sends the next each bump, and the last for ever, same bytes', async () => {
    const s = stage();
    const id = await s.submit();
    const hashes = rungsOf(s, id).map(({ hash }) => hash);
    for (let n = 0; n < 7; n++) await s.tick();
    expect(s.chain().sends).toEqual([...hashes, hashes.at(-1), hashes.at(-1), hashes.at(-1)]);
    expect(s.chain().pool.map(({ hash }) => hash)).toEqual([hashes.at(-1)]);
  });

  test('given a base fee above the released rung, then the rung that covers it is sent at once', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().baseFee = 15_000_000_000n;
    s.chain().mine();
    await s.tick(16_000);
    expect(s.chain().sends.at(-1)).toBe(rungsOf(s, id)[3]?.hash);
  });

  test('given a lower nonce that is stuck, then those behind it are not bumped for nothing', async () => {
    const s = stage();
    const first = await s.submit();
    const second = await s.submit({ reference: 'invoice-2' }, 2n);
    for (let n = 0; n < 4; n++) await s.tick();
    const sentFor = (id: string) => {
      const own = rungsOf(s, id).map(({ hash }) => hash);
      return s
        .chain()
        .sends.filter((hash) => own.includes(hash))
        .map((hash) => own.indexOf(hash));
    };
    expect(sentFor(first)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(sentFor(second))).toEqual(new Set([0]));
  });

  test('given a rung that pays too little for this node, then the next one is tried at once', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().pool = [];
    let refusals = 2;
    const send = s.chain().send.bind(s.chain());
    s.chain().send = (raw) => {
      if (refusals-- > 0) throw new KeyturnError('RPC_REFUSED', 'underpriced', { field: 'underpriced' });
      return send(raw);
    };
    await s.tick(16_000);
    expect(s.chain().pool.map(({ hash }) => hash)).toEqual([rungsOf(s, id)[2]?.hash]);
  });

  test('given stored bytes that are not those of the seal, then nothing is sent, and it is alarmed', async () => {
    const s = stage();
    const id = await s.submit();
    const fake = { id, wallet: 'hot', rungs: rungsOf(s, id).map(({ hash }) => ({ hash, raw: s.foreign(0) })) };
    s.storage.put(s.buckets.signed, signedObject(id), Buffer.from(JSON.stringify(fake)));
    const sent = s.chain().sends.length;
    await s.tick();
    expect(s.chain().sends).toHaveLength(sent);
    expect(s.log.codes('alarm')).toContain('SEAL_MISMATCH');
  });
});

describe('finality', () => {
  test('threat 13: given a reorganisation, then it is submitted again, with the same bytes, and settled once', async () => {
    const s = stage();
    s.chain().depth = 2;
    const id = await s.submit();
    s.chain().mine();
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    s.chain().reorg(1);
    const hashes = rungsOf(s, id).map(({ hash }) => hash);
    await s.tick();
    expect(hashes).toContain(s.chain().pool[0]?.hash);
    for (let n = 0; n < 3; n++) s.chain().mine();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(s.storage.names(s.buckets.results, 'receipts/')).toHaveLength(1);
  });

  test.each([
    ['Error(string)', `0x08c379a0${'0'.repeat(62)}20${'0'.repeat(63)}3616263${'0'.repeat(58)}`, '“abc”'],
    ['Panic(uint256)', `0x4e487b71${'0'.repeat(62)}11`, 'panic 17: arithmetic overflow'],
    ['a custom error', '0xdeadbeef01', 'custom error 0xdeadbeef'],
    ['nothing', '0x', 'without a reason'],
  ])('reverted with %s: outcome with the reason, and a receipt, since the fee was paid', async (_, data, words) => {
    const s = stage();
    const id = await s.submit();
    s.chain().reverts = data;
    s.chain().mine();
    await s.finalize(id);
    const reason = `mined and reverted, ${words}; its fee was paid`;
    expect(s.outcome(id)).toMatchObject({ outcome: 'reverted', code: 'REVERTED', reason });
    expect(s.announced('keyturn.receipt', id)).toHaveLength(1);
  });

  test('a receipt of another transaction settles nothing: it waits, alarmed once for all looks', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const honest = s.chain().receipt.bind(s.chain());
    s.chain().receipt = async (hash) => {
      const mined = await honest(hash);
      return mined === undefined ? undefined : { ...mined, transactionHash: `0x${'f'.repeat(64)}` };
    };
    await s.finalize(id);
    for (let n = 0; n < 4; n++) await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    expect(s.log.codes('alarm')).toEqual(['MINED_MISMATCH']);
    s.chain().receipt = honest;
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });

  test.each([
    'no node tells what its transaction is: the hash that was sealed commits to it',
    'the receipt names no price: it follows from the rung and its block',
  ])('%s', async (what) => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    const honest = s.chain().receipt.bind(s.chain());
    if (what.startsWith('no node')) s.chain().transaction = async () => undefined;
    else
      s.chain().receipt = async (hash) => {
        const mined = await honest(hash);
        return mined === undefined ? undefined : { ...mined, effectiveGasPrice: undefined };
      };
    await s.finalize(id);
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
  });
});

describe('replacement (threat 11)', () => {
  const replacing = (first: string) => ({
    nonce: '0',
    replaces: first,
    maxFeePerGas: '90000000000',
    maxPriorityFeePerGas: '3000000000',
  });

  test('given the replacement is mined, then the loser is `replaced` and names the winner', async () => {
    const s = stage();
    const first = await s.submit();
    const second = await s.submit(replacing(first), 2n);
    s.chain().mine();
    await s.finalize(second);
    await s.tick();
    expect(s.outcome(second)).toMatchObject({ outcome: 'finalized' });
    expect(s.outcome(first)).toMatchObject({
      outcome: 'replaced',
      code: 'REPLACED',
      reason: `request ${second} was mined at nonce 0`,
    });
    expect(s.isOpen(first)).toBe(false);
    expect(s.storage.names(s.buckets.results, 'receipts/')).toHaveLength(1);
  });

  test('given the first is mined after all, then the replacement is the loser', async () => {
    const s = stage();
    const first = await s.submit();
    s.chain().mine();
    const second = await s.submit(replacing(first), 2n);
    s.chain().mine();
    await s.finalize(first);
    for (let n = 0; n < 2; n++) await s.tick();
    expect(s.outcome(first)).toMatchObject({ outcome: 'finalized' });
    expect(s.outcome(second)).toMatchObject({ outcome: 'replaced', reason: `request ${first} was mined at nonce 0` });
  });

  test('given a sealed request whose bytes never came out, then its replacement ends it', async () => {
    const s = stage();
    const first = await s.ask();
    await s.approve(first);
    s.storage.fault = (call, bucket) =>
      call === 'create' && bucket === s.buckets.signed ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await s.turn(1n);
    s.storage.fault = () => undefined;
    expect(s.seals()).toHaveLength(1);
    const second = await s.ask(replacing(first));
    await s.approve(second);
    // Only the second one's shares open: the first can never be completed.
    for (const name of s.storage.names(s.buckets.keys).filter((one) => one.includes(first)))
      s.storage.erase(s.buckets.keys, name);
    await s.turn(2n);
    s.chain().mine();
    await s.finalize(second);
    await s.tick();
    expect(s.outcome(first)).toMatchObject({ outcome: 'replaced' });
  });

  test('the dApp may give the replacement the same reference; a stranger may not take it', async () => {
    const s = stage();
    const first = await s.submit();
    const second = await s.ask(replacing(first));
    expect(s.fact(second, 'request')).toBeDefined();
    const third = await s.ask({ value: '7' });
    expect(s.fact(third, 'request')).toBeUndefined();
    const refusals = s.publisher.sent.filter(
      ({ message }) => message.attributes['ce-type'] === 'keyturn.request.refused',
    );
    expect(refusals.map(({ message }) => JSON.parse(Buffer.from(message.data).toString()).code)).toEqual([
      'REFERENCE_USED',
    ]);
  });

  test('a seal older than any horizon can still be replaced', async () => {
    const s = stage();
    const first = await s.submit();
    for (let n = 0; n < 3; n++) await s.submit({ reference: `later-${n}` }, BigInt(n + 2));
    s.clock.advance(5 * 86_400_000);
    const last = await s.submit({ reference: 'today' }, 9n);
    expect(s.fact(last, 'submitted')).toMatchObject({ nonce: '4' });
    const second = await s.submit(replacing(first), 10n);
    expect(s.fact(second, 'submitted')).toMatchObject({ nonce: '0' });
  });
});

describe('a foreign transaction (threat 12)', () => {
  const superseded = async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().pool = [];
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    await s.tick();
    return { s, id };
  };

  test('takes a sealed nonce: superseded, alarmed, and the wallet stops', async () => {
    const { s, id } = await superseded();
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded', code: 'SUPERSEDED', receipt: '' });
    expect(s.log.codes('alarm')).toContain('SUPERSEDED');
    expect(await standingStops(s.storage, s.buckets.work, 'hot', '31337')).toMatchObject([{ nonce: 0n }]);
    const next = await s.ask({ reference: 'next' });
    await s.approve(next);
    await s.launch(next);
    expect(s.machines.started).toEqual([]);
    await s.turn(2n);
    expect(s.seals()).toHaveLength(1);
  });

  test('…until co-signers approve a request with replaces "foreign"', async () => {
    const { s } = await superseded();
    const next = await s.ask({ reference: 'next' });
    await s.approve(next);
    const skip = await s.ask({ reference: 'skip', replaces: 'foreign', nonce: '1' });
    await s.approve(skip);
    await s.launch(skip);
    expect(s.machines.started).toEqual(['turn-hot-1']);
    await s.turn(1n);
    await s.turn(2n);
    expect(s.fact(skip, 'submitted')).toMatchObject({ nonce: '1' });
    expect(s.fact(next, 'submitted')).toMatchObject({ nonce: '2' });
    expect(await standingStops(s.storage, s.buckets.work, 'hot', '31337')).toEqual([]);
  });

  test('a wallet that is not exclusive goes on', async () => {
    const s = stage({ wallet: { exclusive: false } });
    const id = await s.submit();
    s.chain().pool = [];
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'superseded' });
    expect(s.storage.names(s.buckets.work, 'stopped/')).toEqual([]);
  });

  test('takes a nonce that nothing sealed: turns wait and alarm, and skip exactly as far as the chain is', async () => {
    const s = stage();
    await s.chain().send(s.foreign(0));
    s.chain().mine();
    const plain = await s.submit();
    expect(s.fact(plain, 'submitted')).toBeUndefined();
    expect(s.log.codes('alarm')).toContain('CHAIN_AHEAD');
    const far = await s.submit({ reference: 'far', replaces: 'foreign', nonce: '5' }, 2n);
    expect(s.fact(far, 'submitted')).toBeUndefined();
    const skip = await s.submit({ reference: 'skip', replaces: 'foreign', nonce: '1' }, 3n);
    expect(s.fact(skip, 'submitted')).toMatchObject({ nonce: '1' });
  });

  test('threat 13: a missing receipt and a count prove nothing; only the transaction itself does', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    s.chain().receipt = async () => undefined;
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    s.chain().minedAt = async () => ({ used: true, hashes: [] });
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
  });
});

import { Wallet as Signer } from 'ethers';
import { describe, expect, test } from 'vitest';
import { typedWithdrawal, withdrawalMessage } from '#core/facts/withdrawal.ts';
import { closeBytes } from '#core/register/entry.ts';
import { reconcile } from '#functions/reconcile/handle.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseFact } from '#schemas/facts.ts';
import {
  openObject,
  PAUSED_OBJECT,
  sealObject,
  turnClosedObject,
  turnObject,
  turnTriedObject,
} from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

const types = (s: Pipeline, id: string): string[] =>
  s.publisher.sent
    .filter(({ message }) => message.attributes['ce-subject'] === id)
    .map(({ message }) => message.attributes['ce-type'] ?? '');

const refusals = (s: Pipeline): string[] =>
  s.publisher.sent
    .filter(({ message }) => message.attributes['ce-type'] === 'keyturn.request.refused')
    .map(({ message }) => JSON.parse(Buffer.from(message.data).toString()).code);

const claim = (s: Pipeline, turn: bigint): void => {
  const fact = { wallet: 'hot', turn: turn.toString(), zone: 'zone-a', name: `turn-hot-${turn}` };
  s.storage.put(s.buckets.work, turnObject('hot', turn), Buffer.from(JSON.stringify(fact)));
};

describe('events that never came', () => {
  test('threat 29: intake died after its mark: reconcile finishes it from the raw message', async () => {
    const s = stage();
    const request = s.requestOf();
    const id = s.idOf(request);
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.endsWith('request.json') ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await expect(s.deliver(s.messageOf(request))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    s.storage.fault = () => undefined;
    await s.tick();
    expect(s.fact(id, 'request')).toBeDefined();
    expect(types(s, id)).toContain('keyturn.request.accepted');
  });

  test('an intake that reconcile finishes does not put its id into the lines of the whole tick', async () => {
    const s = stage();
    const request = s.requestOf();
    s.storage.put(s.buckets.work, openObject('hot', s.idOf(request)), s.messageOf(request));
    const concerned: string[] = [];
    s.clock.advance(60_000);
    await reconcile({ ...s.context, concerns: (id) => concerned.push(id) });
    expect(s.fact(s.idOf(request), 'request')).toBeDefined();
    expect(concerned).toEqual([]);
  });

  test('threat 28: intake died before it announced: reconcile says it, under the same ce-id', async () => {
    const s = stage();
    s.publisher.fault = () => new KeyturnError('UNAVAILABLE', 'no');
    const request = s.requestOf();
    const id = s.idOf(request);
    await expect(s.deliver(s.messageOf(request))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    s.publisher.fault = () => undefined;
    await s.tick();
    await s.deliver(s.messageOf(request));
    const events = s.announced('keyturn.request.accepted', id);
    expect(new Set(events.map(({ attributes, data }) => `${attributes['ce-id']} ${Buffer.from(data)}`)).size).toBe(1);
  });

  test('threat 30: shares before the request, and no notification ever: counted by reconcile, seen and said', async () => {
    const s = stage();
    const request = s.requestOf();
    const id = s.idOf(request);
    await s.upload('alice', id, { notify: false });
    await s.upload('bob', id, { notify: false });
    await s.deliver(s.messageOf(request));
    await s.tick();
    expect(s.fact(id, 'approved')).toMatchObject({ coSigners: ['alice', 'bob'] });
    expect(types(s, id).filter((type) => type === 'keyturn.request.share-seen')).toHaveLength(2);
  });

  test('the same message twice, and again when all is over: one request, nothing else', async () => {
    const s = stage();
    const request = s.requestOf();
    const id = s.idOf(request);
    await s.deliver(s.messageOf(request));
    await s.deliver(s.messageOf(request));
    await s.approve(id);
    await s.turn();
    s.chain().mine();
    await s.finalize(id);
    await s.deliver(s.messageOf(request));
    expect(s.isOpen(id)).toBe(false);
    expect(s.storage.names(s.buckets.work, 'references/')).toHaveLength(1);
    expect(s.seals()).toHaveLength(1);
  });

  test('approved and never launched: a turn is asked for again', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    const before = types(s, id).filter((type) => type === 'keyturn.turn.due').length;
    await s.tick();
    expect(types(s, id).filter((type) => type === 'keyturn.turn.due')).toHaveLength(before + 1);
  });

  test('bytes stored, but the turn died before submitted.json: reconcile writes it', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.endsWith('submitted.json') ? new Error('gone') : undefined;
    await s.turn();
    s.storage.fault = () => undefined;
    await s.tick();
    expect(s.fact(id, 'submitted')).toMatchObject({ nonce: '0' });
    expect(types(s, id)).toContain('keyturn.request.submitted');
  });

  test('an outcome that was not announced keeps its mark until it is', async () => {
    const s = stage();
    const id = await s.submit();
    s.chain().mine();
    s.publisher.fault = () => new KeyturnError('UNAVAILABLE', 'no');
    await expect(s.finalize(id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    s.publisher.fault = () => undefined;
    expect(s.isOpen(id)).toBe(true);
    await s.tick();
    expect(types(s, id).filter((type) => type === 'keyturn.request.outcome')).toHaveLength(1);
    expect(s.isOpen(id)).toBe(false);
  });
});

describe('ends that the chain does not decide', () => {
  test('threat 3: past validUntil: a close in the register first, then `expired`', async () => {
    const s = stage();
    const id = await s.ask();
    await s.tick(3_600_000);
    expect(s.seals()).toHaveLength(1);
    expect(s.outcome(id)).toMatchObject({ outcome: 'expired', code: 'NOT_APPROVED_IN_TIME' });
    expect(s.isOpen(id)).toBe(false);
  });

  test('threat 3: past validUntil, but sealed in time: no end is announced, a turn completes it', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    s.storage.fault = (call, bucket) =>
      call === 'create' && bucket === s.buckets.signed ? new Error('gone') : undefined;
    await s.turn(1n);
    s.storage.fault = () => undefined;
    await s.tick(3_600_000);
    expect(s.outcome(id)).toBeUndefined();
    await s.turn(2n);
    expect(s.fact(id, 'submitted')).toBeDefined();
  });

  test('threat 37: rejected by too many: closed, and then a share comes too late', async () => {
    const s = stage();
    const id = await s.ask();
    s.reject('alice', id);
    s.reject('bob', id);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'rejected', reason: 'rejected by alice, bob' });
    await s.approve(id);
    await s.turn();
    expect(s.seals()).toHaveLength(1);
    expect(s.fact(id, 'approved')).toBeUndefined();
  });

  test('threat 20: what the image refuses becomes an outcome, with the reason', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    const [rule] = s.wallet.policy.rules;
    if (rule === undefined) throw new Error('no rule');
    const stricter = { ...s.wallet, policy: { ...s.wallet.policy, rules: [{ ...rule, maxValueWei: '1' }] } };
    await s.turn(1n, { wallet: stricter, law: { ...s.config.law, wallets: [stricter] }, lawHash: 'f'.repeat(64) });
    expect(s.log.codes('alarm')).toContain('LAW_MISMATCH');
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'refused', code: 'POLICY_DENIED' });
  });

  test('threat 20: what the image allows under another law is sealed, and an alarm says so once', async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    await s.turn(1n, { lawHash: 'f'.repeat(64) });
    expect(s.seals()).toHaveLength(1);
    const alarms = s.log.lines.filter(({ level }) => level === 'alarm');
    expect(alarms.map(({ event, fields }) => [event, fields.id, fields.code, fields.ours])).toEqual([
      ['turn.law', id, 'LAW_MISMATCH', 'f'.repeat(64)],
    ]);
  });

  test('a close by anybody is believed once a read shows no seal; beside a seal it is not', async () => {
    const s = stage();
    const open = await s.ask();
    await s.approve(open);
    s.storage.put(
      s.buckets.register,
      sealObject('31337', s.wallet.address, 7n),
      closeBytes([{ id: open, code: 'REJECTED', reason: 'by somebody' }]),
    );
    await s.tick();
    expect(s.outcome(open)).toMatchObject({ outcome: 'rejected', reason: 'by somebody' });
    const sealed = await s.submit({ reference: 'two' });
    s.storage.put(
      s.buckets.register,
      sealObject('31337', s.wallet.address, 20n),
      closeBytes([{ id: sealed, code: 'REJECTED', reason: 'too late' }]),
    );
    await s.tick();
    expect(s.outcome(sealed)).toBeUndefined();
  });

  test('threat 4: a reference is free again after a close, and not before', async () => {
    const s = stage();
    const first = await s.ask();
    const again = await s.ask({ value: '2' });
    expect(s.fact(again, 'request')).toBeUndefined();
    expect(refusals(s)).toEqual(['REFERENCE_USED']);
    await s.tick(3_600_000);
    expect(s.outcome(first)).toMatchObject({ outcome: 'expired' });
    const third = await s.ask({ value: '2' });
    expect(s.fact(third, 'request')).toBeDefined();
  });

  test('a message whose intake died and that is refused afterwards does not burn its reference', async () => {
    const s = stage();
    const request = s.requestOf();
    s.storage.fault = (call, _, name) =>
      call === 'create' && name.endsWith('request.json') ? new KeyturnError('UNAVAILABLE', 'no') : undefined;
    await expect(s.deliver(s.messageOf(request))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    s.storage.fault = () => undefined;
    await s.tick(3_700_000);
    expect(refusals(s)).toEqual(['EXPIRED']);
    expect(s.storage.names(s.buckets.work, 'open/')).toEqual([]);
    const second = await s.ask({ value: '2' });
    expect(s.fact(second, 'request')).toBeDefined();
  });
});

describe('withdrawal', () => {
  test('given an unsigned request, whoever knows requester, reference and id withdraws it: a close first', async () => {
    const s = stage();
    const request = s.requestOf();
    const id = await s.ask();
    await s.deliver(withdrawalMessage(id, request));
    expect(s.outcome(id)).toBeUndefined();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'withdrawn', code: 'WITHDRAWN' });
    expect(s.seals()).toHaveLength(1);
    await s.deliver(withdrawalMessage(id, request));
    expect(refusals(s)).toEqual([]);
  });

  test.each([
    ['another requester', { requester: 'mallory' }],
    ['another reference', { reference: 'other' }],
  ])('%s: WITHDRAW_UNKNOWN', async (_, fields) => {
    const s = stage();
    const id = await s.ask();
    await s.deliver(withdrawalMessage(id, s.requestOf(fields)));
    expect(refusals(s)).toEqual(['WITHDRAW_UNKNOWN']);
    expect(s.fact(id, 'withdrawn')).toBeUndefined();
  });

  test('a signed request is withdrawn by its signer alone', async () => {
    const s = stage();
    const signer = new Signer(`0x${'2'.repeat(64)}`);
    const plain = s.requestOf({ requester: signer.address });
    const id = s.idOf(plain);
    const fact = { id, walletAddress: s.wallet.address, lawHash: s.config.lawHash, request: plain };
    const signature = signer.signingKey.sign(`0x${id}`).serialized;
    expect(await s.ask({ requester: signer.address, requesterSignature: signature })).toBe(id);
    await s.deliver(withdrawalMessage(id, plain));
    expect(refusals(s)).toEqual(['WITHDRAW_UNKNOWN']);
    const { domain, types: kinds, message } = typedWithdrawal(fact, s.buckets.register);
    await s.deliver(withdrawalMessage(id, plain, await signer.signTypedData(domain, kinds, message)));
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'withdrawn' });
  });

  test('after the seal it comes too late', async () => {
    const s = stage();
    const id = await s.submit();
    await s.deliver(withdrawalMessage(id, s.requestOf()));
    expect(refusals(s)).toEqual(['WITHDRAW_LATE']);
  });
});

describe('a cap on open requests', () => {
  test('TOO_MANY_OPEN, per requester and per wallet; a repeated message takes no room', async () => {
    const s = stage({ limits: { maxOpenPerRequester: 2, maxOpenPerWallet: 3, maxOpenUnsignedPerWallet: 3 } });
    await s.ask({ reference: 'a' });
    await s.ask({ reference: 'b' });
    await s.ask({ reference: 'b' });
    expect(refusals(s)).toEqual([]);
    await s.ask({ reference: 'c' });
    expect(refusals(s)).toEqual(['TOO_MANY_OPEN']);
    await s.ask({ reference: 'c', requester: 'other' });
    await s.ask({ reference: 'd', requester: 'third' });
    expect(refusals(s)).toEqual(['TOO_MANY_OPEN', 'TOO_MANY_OPEN']);
    await s.tick(3_600_000);
    const late = await s.ask({ reference: 'e' });
    expect(s.fact(late, 'request')).toBeDefined();
  });
});

describe('machines', () => {
  const approved = async () => {
    const s = stage();
    const id = await s.ask();
    await s.approve(id);
    return { s, id };
  };

  test('threat 31: a machine that stopped without closing its turn is dead: the next turn, the next zone', async () => {
    const { s, id } = await approved();
    await s.launch(id);
    s.machines.become('turn-hot-1', 'stopped');
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-1', 'turn-hot-2']);
    expect(s.machines.machines.get('turn-hot-2')?.zone).toBe('zone-b');
  });

  test('a claim whose machine never came: the same insert, then, after the boot limit, the next turn', async () => {
    const { s, id } = await approved();
    claim(s, 1n);
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-1']);
    s.machines.machines.clear();
    s.clock.advance(601_000);
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-1', 'turn-hot-2']);
  });

  test('marks of turns that nobody claimed hide no claim, however many they are', async () => {
    const { s, id } = await approved();
    claim(s, 1n);
    for (let n = 0n; n < 150n; n++)
      s.storage.put(s.buckets.work, turnClosedObject('hot', 900_000_000n + n), new Uint8Array());
    s.storage.put(s.buckets.work, turnClosedObject('hot', 1n), new Uint8Array());
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-2']);
  });

  test('a claim that is the last of its page is asked for its end', async () => {
    const { s, id } = await approved();
    for (let n = 0n; n < 99n; n++)
      s.storage.put(s.buckets.work, turnClosedObject('hot', 900_000_000n + n), new Uint8Array());
    claim(s, 1n);
    s.storage.put(s.buckets.work, turnClosedObject('hot', 1n), new Uint8Array());
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-2']);
  });

  test('a launch never puts the next poll past validUntil, when a close is owed', async () => {
    const s = stage();
    const validUntil = s.clock.now() + 90_000;
    const id = await s.ask({ validUntil: timeText(validUntil) });
    await s.approve(id);
    // Nobody launched: the approval is announced again, and this launch must give its machine time.
    await s.tick();
    await s.launch(id);
    const [mark] = (await s.storage.list(s.buckets.work, openObject('hot', id), {})).objects;
    expect(mark?.metadata.due).toBe(timeText(validUntil));
  });

  test('a machine that runs is all that a launch asks for: three calls at most, and none that writes', async () => {
    const { s, id } = await approved();
    await s.launch(id);
    s.storage.calls.length = 0;
    await s.launch(id);
    expect(s.storage.calls.length).toBeLessThanOrEqual(3);
    expect(s.storage.calls.filter((call) => !/^(list|read|get) /.test(call))).toEqual([]);
  });

  test('a request whose mark was taken away is paused with the others, and not over', async () => {
    const { s, id } = await approved();
    await s.storage.delete(s.buckets.work, openObject('hot', id));
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'launch.wait', fields: { code: 'PAUSED' } });
    await s.storage.delete(s.buckets.work, PAUSED_OBJECT);
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-1']);
  });

  test('a pause is told while a machine runs too', async () => {
    const { s, id } = await approved();
    await s.launch(id);
    s.storage.put(s.buckets.work, PAUSED_OBJECT, new Uint8Array());
    await s.launch(id);
    expect(s.log.lines.at(-1)).toMatchObject({ event: 'launch.wait', fields: { code: 'PAUSED' } });
  });

  test('what was decided or submitted meanwhile starts no machine', async () => {
    const { s, id } = await approved();
    await s.turn();
    await s.launch(id);
    s.chain().mine();
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'finalized' });
    await s.launch(id);
    expect(s.machines.started).toEqual([]);
  });

  test('a full zone: the next; all full: alarmed, and tried again without being counted as a turn', async () => {
    const { s, id } = await approved();
    s.machines.full.add('zone-a');
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-2']);
    s.machines.machines.clear();
    s.machines.full.add('zone-b');
    s.storage.put(s.buckets.work, turnClosedObject('hot', 2n), new Uint8Array());
    await s.launch(id);
    expect(s.log.codes('alarm')).toContain('NO_CAPACITY');
  });

  test('a zone that can never give the machine: the next at once, and an alarm with the zone', async () => {
    const { s, id } = await approved();
    s.machines.lacking.add('zone-a');
    const before = s.clock.now();
    await s.launch(id);
    expect(s.machines.started).toEqual(['turn-hot-2']);
    expect(s.clock.now()).toBe(before);
    expect(s.storage.names(s.buckets.work, 'turns/')).toContain(turnClosedObject('hot', 1n));
    expect(s.log.lines.filter(({ level }) => level === 'alarm')).toEqual([
      {
        level: 'alarm',
        event: 'launch.zone',
        fields: {
          wallet: 'hot',
          zone: 'zone-a',
          code: 'INVALID_ARGUMENT',
          reason: 'compute: insert zone-a/turn-hot-1: HTTP 400 invalid',
        },
      },
    ]);
  });

  test('threat 33: four turns died over it: closed, and `failed` with the reason', async () => {
    const { s, id } = await approved();
    for (const turn of [1n, 2n, 3n, 4n]) {
      claim(s, turn);
      s.storage.put(s.buckets.work, turnTriedObject('hot', turn, id), new Uint8Array());
      if (turn === 3n) {
        await s.tick();
        expect(s.outcome(id)).toBeUndefined();
      }
    }
    // The last may still be booting until then.
    await s.tick();
    expect(s.outcome(id)).toBeUndefined();
    s.clock.advance(600_000);
    await s.tick();
    expect(s.outcome(id)).toMatchObject({ outcome: 'failed', code: 'RELAUNCHES_EXHAUSTED' });
  });

  test('turns that end in order without sealing it are asked for more and more seldom', async () => {
    const { s, id } = await approved();
    for (let n = 1n; n <= 5n; n++) {
      claim(s, n);
      s.storage.put(s.buckets.work, turnClosedObject('hot', n), new Uint8Array());
    }
    const due = () => types(s, id).filter((type) => type === 'keyturn.turn.due').length;
    const before = due();
    await s.tick();
    expect(due()).toBe(before);
    for (let n = 0; n < 3; n++) await s.tick();
    expect(due()).toBe(before + 1);
  });
});

describe('one tick', () => {
  test('threat 34: one rotten request keeps nobody waiting, and is not first again', async () => {
    const s = stage();
    const rotten = await s.ask();
    s.storage.put(s.buckets.results, `requests/${rotten}/request.json`, Buffer.from('rotten'));
    const fine = await s.ask({ reference: 'two' });
    await s.tick(3_600_000);
    expect(s.outcome(fine)).toMatchObject({ outcome: 'expired' });
    const mark = await s.storage.stat(s.buckets.work, openObject('hot', rotten));
    expect(mark?.metadata.due).toBe(timeText(s.clock.now() + 15_000));
  });

  test('an unreachable chain costs one try, and stops no other', async () => {
    const s = stage();
    for (let n = 0; n < 20; n++) await s.ask({ reference: `r${n}` });
    const ids = s.storage.names(s.buckets.work, 'open/').map((name) => name.slice(-64));
    for (const id of ids) await s.approve(id);
    const other = await s.ask({ reference: 'other', chainId: '31338' });
    await s.approve(other);
    await s.turn();
    s.chain('31338').mine();
    let tries = 0;
    s.chain().fault = () => {
      tries++;
      return new KeyturnError('CHAIN_UNREACHABLE', 'no answer');
    };
    await s.tick();
    expect(s.outcome(other)).toMatchObject({ outcome: 'finalized' });
    expect(tries).toBeLessThanOrEqual(16);
  });

  test('threat 36: cost is flat in history: what is decided is not read again', async () => {
    const s = stage();
    for (let n = 0; n < 3; n++) {
      const id = await s.submit({ reference: `r${n}` }, BigInt(n + 1));
      s.chain().mine();
      await s.finalize(id);
    }
    s.storage.calls.length = 0;
    await s.tick();
    expect(s.storage.calls).toEqual([`list ${s.buckets.work}/open/`, `list ${s.buckets.work}/replays/`]);
  });

  test('a mark says to whom it belongs and how far its announcements are', async () => {
    const s = stage();
    const id = await s.ask();
    const mark = await s.storage.stat(s.buckets.work, openObject('hot', id));
    expect(mark?.metadata).toMatchObject({ stage: 'accepted', requester: 'dapp' });
    const [reference] = s.storage.names(s.buckets.work, 'references/');
    const stored = await s.storage.read(s.buckets.work, reference ?? '');
    expect(parseFact('reference', stored?.bytes ?? new Uint8Array())).toEqual({ id, wallet: 'hot', replaces: '' });
  });
});

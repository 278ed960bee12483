import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { signedObject, submittedObject } from '#schemas/names.ts';
import { boot } from '../e2e/support/boot.ts';
import { startTestLab, type TestLab } from '../e2e/support/lab.ts';
import { commandLine } from '../e2e/support/operators.ts';
import { payee } from '../e2e/support/requests.ts';
import { balanceOf, countOf } from '../e2e/support/rpc.ts';
import { lawFor } from '../terraform/lab-law.ts';
import { changed } from '../terraform/tokens.ts';
import { claimRows, GOOD } from './support/claim-rows.ts';
import { type Minting, signed, takeOverMinting } from './support/minting.ts';

/**
 * The built bundle as a machine's process. Everything that it needs lies ready: a request with enough shares. Whichever machine is let in
 * signs it. What its token says of it differs in one thing from the truth.
 */
let test: TestLab;
let minting: Minting;
let id = '';
/** Calls that a machine was allowed, and every decryption. */
const allowed: string[] = [];
const notes: string[] = [];

const ROWS = claimRows(lawFor(createWorld()));
const noSecureBoot = { what: 'no secure boot', path: 'secboot', value: false };

beforeAll(async () => {
  test = await startTestLab();
  minting = takeOverMinting(test);
  vi.spyOn(test.lab.world, 'note').mockImplementation((line) => void notes.push(line));
  test.lab.world.faults.watch(({ method, detail, by }) => {
    if (by.startsWith('principal:') || method === 'kms.decrypt') allowed.push(`${method} ${detail}`);
  });
  // Launch starts machines of its own for the request: they are refused too, until the end.
  minting.spoilRest((claims, { service }) => signed(service, changed(claims, noSecureBoot)));
  id = await test.ask({ to: payee(700) });
  await test.approve('alice', id);
  await test.approve('bob', id);
  await test.event('keyturn.request.approved', { id });
}, 120_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await test.close();
}, 30_000);

describe('threat 83: a machine whose token differs in one thing from that of the image', () => {
  it.concurrent.each(ROWS.map((row, n) => ({ ...row, turn: BigInt(1000 + n) })))(
    'is refused, and says why: $what',
    async ({ turn, mint, sts, code, reason }) => {
      minting.spoil(`turn-treasury-${turn}`, mint);
      const name = boot(test, turn);
      const { fields } = await test.line('turn.fault', { source: name });
      await test.line('workload finished with a non-zero return code: 1', { source: name });
      expect(fields).toMatchObject({ code, alarm: true, severity: 'ALERT', reason: expect.stringMatching(reason) });
      const answers = minting.answersTo(name);
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) expect(answer).toMatch(sts);
      expect(test.logged('turn.end', { source: name })).toEqual([]);
    },
  );
});

describe('after all of them', () => {
  it('no share was read or decrypted, nothing is sealed, signed or sent', async () => {
    expect(allowed).toEqual([]);
    expect(test.list('register', 'seals/')).toEqual([]);
    expect(test.read('signed', signedObject(id))).toBeUndefined();
    expect(test.json('results', submittedObject(id))).toBeUndefined();
    expect(await countOf(test.lab.chain.url, test.lab.wallet.address)).toBe(0n);
    expect(await balanceOf(test.lab.chain.url, payee(700))).toBe(0n);
  });

  it('STS noted each refusal in words', () => {
    for (const { what, sts, code } of ROWS)
      if (code === 'ATTESTATION_REFUSED')
        expect([what, notes.some((note) => note.startsWith('sts: ') && sts.test(note.slice(5)))]).toEqual([what, true]);
  });

  it('the operator sees that turns died before they could sign, and their number', async () => {
    const cli = commandLine(test);
    const told = await test.until('turns that died', async () => {
      const { json } = await cli('why', id, '--as', 'operator');
      return json.code === 'TURN_DIED' ? json : undefined;
    });
    expect(told).toMatchObject({ state: 'waits', stage: 'approved' });
    expect(told.sentence).toMatch(/^It waits for another turn: \d+ in a row died before they could sign\.$/);
  });
});

describe('a machine whose token is that of the image, or differs in what may differ', () => {
  it.each(GOOD.map((change, n) => ({ ...change, turn: BigInt(2000 + n), payment: 710 + n })))(
    'signs what is approved: $what',
    async ({ turn, payment, ...change }) => {
      const asked = await test.ask({ to: payee(payment) });
      await test.approve('alice', asked);
      await test.approve('bob', asked);
      minting.spoil(`turn-treasury-${turn}`, (claims, { service }) => signed(service, changed(claims, change)));
      const name = boot(test, turn);
      await test.line('turn.sealed', { id: asked, source: name });
      expect(new Set(minting.answersTo(name))).toEqual(new Set(['let in']));
      expect(await test.outcome(asked)).toMatchObject({ outcome: 'finalized' });
      // The next request is for the next machine alone.
      await test.line('turn.end', { source: name });
    },
  );

  it('so each refused one would have signed the request that lay ready', async () => {
    expect(await test.outcome(id)).toMatchObject({ outcome: 'finalized' });
    expect(await balanceOf(test.lab.chain.url, payee(700))).toBe(10n ** 15n);
  });
});

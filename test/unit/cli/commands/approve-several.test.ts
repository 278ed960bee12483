import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { plainText } from '#cli/app/output.ts';
import { coSignerOf } from '#cli/app/session.ts';
import type { ApproveOptions } from '#cli/commands/approve.ts';
import { approveSeveral } from '#cli/commands/approve-several.ts';
import { openShares, shareFileOf } from '#cli/request/open-shares.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { sumLines } from '#cli/request/sums.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { outcomeObject, requestObject } from '#schemas/names.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  LAB,
  lawJson,
  NOW,
  opaqueLaw,
  requestOf,
  shareLine,
  stageOf,
  TOKEN,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-several-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const share = join(folder, 'alice.share');
writeFileSync(share, shareLine(1));
chmodSync(share, 0o600);

const PAYEES = [BOB, '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC', '0x90F79bf6EB2c4f870365E785982E1f101E93b906'];

/** Alice, outside a lab, with three payments of 1, 2 and 3 ETH. */
const scene = (options: CliHarnessOptions = {}) => {
  const stage = stageOf({ lab: undefined, ...options });
  const ids = PAYEES.map((to, n) =>
    stage.accept(requestOf({ to, value: `${n + 1}000000000000000000`, reference: `pay-${n}` })),
  );
  return { stage, ids };
};
const yes: ApproveOptions = { share, yes: true };
const uploads = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.startsWith('lab-keys/'));
const shareObject = (id: string): string => `lab-keys/alice/shares/${id}`;

describe('several at once', () => {
  test('each is encrypted for itself alone, and uploaded', async () => {
    const { stage, ids } = scene();
    expect(await approveSeveral(stage.session, ids, yes)).toBe(0);
    expect(stage.encrypted.map(({ aad }) => aad)).toEqual(ids.map((id) => `keyturn/v1/${id}/alice`));
    expect(uploads(stage).toSorted()).toEqual(ids.map(shareObject).toSorted());
    for (const id of ids) expect(stage.stdout.text).toContain(`approved ${id} by alice; 1 more needed`);
  });

  test('for a program: one object, an entry for each', async () => {
    const { stage, ids } = scene({ json: true });
    await approveSeveral(stage.session, ids, yes);
    expect(stage.json()).toMatchObject({
      ok: true,
      coSigner: 'alice',
      approvals: ids.map((id) => ({ ok: true, id, created: true, approvals: 1, needed: 2 })),
    });
  });

  test('made before stands for itself, and is not uploaded again', async () => {
    const { stage, ids } = scene();
    await approveSeveral(stage.session, ids.slice(0, 2), yes);
    expect(await approveSeveral(stage.session, ids, yes)).toBe(0);
    expect(stage.stdout.text).toContain(`approved before ${ids[0]} by alice`);
    expect(uploads(stage)).toHaveLength(3);
  });

  test('Ctrl-C between two uploads ends it, and says what may be there', async () => {
    const { stage, ids } = scene();
    const create = stage.storage.createOnce.bind(stage.storage);
    stage.storage.createOnce = async (...args) => {
      stage.interrupt.abort();
      return create(...args);
    };
    await expect(approveSeveral(stage.session, ids, yes)).rejects.toMatchObject({ name: 'Interrupted' });
    expect(uploads(stage)).toEqual([shareObject(ids[0] ?? '')]);
    expect(stage.left.at(-1)).toContain(`up to that for ${ids[0]}`);
  });
});

test('in a lab each wallet has a share of its own', async () => {
  const other = join(folder, 'other.share');
  writeFileSync(other, shareLine(1, { wallet: 'ops' }), { mode: 0o600 });
  const coSigners = LAB.coSigners.map((one) => ({
    ...one,
    shareFile: '/none',
    shareFiles: { treasury: share, ops: other },
  }));
  const { stage, ids } = scene({ lab: { ...LAB, coSigners } });
  const { picture } = await pictureOf(stage.storage, stage.session.deployment, ids[0] ?? '', NOW);
  const alice = coSignerOf(stage.session);
  const shares = await openShares(
    stage.session,
    (wallet) => shareFileOf(stage.session, alice, undefined, wallet),
    alice,
  );
  for (const name of ['treasury', 'ops', 'treasury'])
    await shares.encryptedFor({ ...picture, wallet: { ...picture.wallet, name } });
  shares.wipe();
  const lines = ['treasury', 'ops', 'treasury'].map((wallet) => new TextDecoder().decode(shareLine(1, { wallet })));
  expect(stage.encrypted.map(({ plaintext }) => plaintext)).toEqual(lines);
});

describe('one question for all', () => {
  const answered = async (answerOf: (ids: readonly string[]) => string) => {
    const { ids } = scene();
    const { stage } = scene({ answer: answerOf(ids) });
    const code = await approveSeveral(
      stage.session,
      ids.map((id) => id.slice(0, 8)),
      { share },
    );
    return { stage, ids, code };
  };
  const last = (ids: readonly string[]) => ids.at(-1) ?? '';

  test('shows each whole first, then names all of them again with what they come to', async () => {
    const { stage, ids, code } = await answered((all) => `3 ${last(all).slice(0, 4)}`);
    expect([code, uploads(stage).length, stage.asked.length]).toEqual([0, 3, 1]);
    const [shown = '', again = ''] = stage.stdout.text.split('You approve, as alice:');
    for (const [n, id] of ids.entries()) {
      const action = `SEND ${n + 1} ETH (${n + 1}000000000000000000 wei) to ${PAYEES[n]}`;
      for (const words of [id, action]) {
        expect(shown).toContain(words);
        expect(again).toContain(words);
      }
    }
    expect(shown.match(/A request, its id checked against your law/g)).toHaveLength(3);
    // Every warning stands in both places, as for one alone.
    for (const words of shown.match(/^ {2}! .*$/gm) ?? []) expect(again).toContain(words.trim());
    expect(again).toMatch(/in sum +6 ETH on anvil, and fees of at most 0\.00252 ETH/);
    expect(stage.asked[0]).toBe(
      'Approve 3 requests as alice? Type 3, a space, and the first 4 digits of the last id: ',
    );
  });

  test.each<[string, (ids: readonly string[]) => string]>([
    ['nothing', () => ''],
    ['y', () => 'y'],
    ['the number alone', () => '3'],
    ['another number', (ids) => `2 ${last(ids).slice(0, 4)}`],
    ['three digits', (ids) => `3 ${last(ids).slice(0, 3)}`],
    ['the digits alone', (ids) => last(ids).slice(0, 4)],
    ['the first id', (ids) => `3 ${ids[0]?.slice(0, 4)}`],
    ['something after it', (ids) => `3 ${last(ids).slice(0, 4)} yes`],
  ])('%s is no', async (_, answerOf) => {
    const { stage, code } = await answered(answerOf);
    expect([code, uploads(stage), stage.encrypted]).toEqual([1, [], []]);
    expect(stage.stdout.text).toContain('Nothing was uploaded.');
  });

  test('where nobody can be asked, --yes is needed, and then all 64 digits of each', async () => {
    const { stage, ids } = scene();
    await expect(approveSeveral(stage.session, ids, { share })).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    const short = [ids[0] ?? '', (ids[1] ?? '').slice(0, 63)];
    await expect(approveSeveral(stage.session, short, yes)).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    const json = scene({ json: true });
    await expect(approveSeveral(json.stage.session, ids, { share })).rejects.toMatchObject({ field: 'yes' });
    expect([...uploads(stage), ...uploads(json.stage)]).toEqual([]);
  });

  test('and not about data that was not shown', async () => {
    const { stage, ids } = scene({ law: opaqueLaw(), answer: '4' });
    const data = `0x12345678${'00'.repeat(2044)}ab`;
    const long = stage.accept(requestOf({ value: '0', data, reference: 'long' }));
    await expect(approveSeveral(stage.session, [...ids, long], { share })).rejects.toMatchObject({ field: 'full' });
    expect([stage.asked, uploads(stage)]).toEqual([[], []]);
  });

  test('the same one twice, and one that is no id, are mistakes of usage', async () => {
    const { stage, ids } = scene();
    for (const given of [
      [...ids, ids[0] ?? ''],
      [...ids, 'xyz'],
    ])
      await expect(approveSeveral(stage.session, given, yes)).rejects.toMatchObject({ code: 'USAGE', field: 'id' });
    expect(uploads(stage)).toEqual([]);
  });
});

describe('one that fails', () => {
  const expired = (stage: CliHarness, id: string): void =>
    void stage.storage.put('lab-results', outcomeObject(id), {
      ...{ id, wallet: 'treasury', outcome: 'expired', code: '', reason: '' },
      ...{ transactionHash: '', blockNumber: '', receipt: '' },
    });
  const altered = (stage: CliHarness, id: string): void =>
    void stage.storage.put('lab-results', requestObject(id), {
      ...{ id, walletAddress: WALLET_ADDRESS, lawHash: '0'.repeat(64), request: { ...requestOf({ value: '9' }) } },
    });
  const refused = (stage: CliHarness, id: string): void => {
    stage.storage.fault = (kind, _, name) =>
      kind === 'create' && name.includes(id) ? new KeyturnError('UNAVAILABLE', 'busy') : undefined;
  };

  test.each<[string, (stage: CliHarness, id: string) => void, string]>([
    ['is over', expired, 'SHARE_LATE'],
    ['is not what its id says', altered, 'ID_MISMATCH'],
    ['cannot be uploaded', refused, 'UNAVAILABLE'],
  ])('because it %s is named, and the others are approved', async (_, spoil, code) => {
    for (const json of [false, true]) {
      const { stage, ids } = scene({ json });
      const [first = '', second = '', third = ''] = ids;
      spoil(stage, second);
      expect(await approveSeveral(stage.session, ids, yes)).toBe(1);
      expect(uploads(stage).toSorted()).toEqual([first, third].map(shareObject).toSorted());
      if (json)
        expect(stage.json()).toMatchObject({
          ok: false,
          approvals: [{ ok: true }, { ok: false, id: second, code }, { ok: true }],
        });
      else expect(stage.stdout.text).toContain(`not approved ${second}: ${code}`);
    }
  });

  test('is not among those that the question counts', async () => {
    const { ids } = scene();
    const [, second = ''] = ids;
    const { stage } = scene({ answer: `2 ${ids[2]?.slice(0, 4)}` });
    expired(stage, second);
    expect(await approveSeveral(stage.session, ids, { share })).toBe(1);
    expect(stage.asked[0]).toContain('Approve 2 requests as alice?');
    expect(stage.stdout.text.split('You approve, as alice:')[1]?.split('in sum')[0]).not.toContain(second);
    expect(uploads(stage)).toHaveLength(2);
  });

  test('with --manual: the commands of the others, and what was left out', async () => {
    const { stage, ids } = scene({ json: true });
    expired(stage, ids[1] ?? '');
    expect(await approveSeveral(stage.session, ids, { manual: true })).toBe(1);
    expect(stage.json()).toMatchObject({
      ok: false,
      manual: [{ id: ids[0] }, { id: ids[2] }],
      leftOut: [{ id: ids[1], code: 'SHARE_LATE' }],
    });
    expect(uploads(stage)).toEqual([]);
  });
});

describe('what several come to', () => {
  const amount = (units: bigint): string => units.toString(16).padStart(64, '0');
  const payee = `${'0'.repeat(24)}${BOB.slice(2).toLowerCase()}`;
  const call = (selector: string, units: bigint): string => `0x${selector}${payee}${amount(units)}`;
  const named = () => {
    const chains = [
      {
        ...(lawJson().chains as object[])[0],
        tokens: [{ symbol: 'USDC', decimals: 6, address: TOKEN, standard: 'erc20' }],
      },
    ];
    return { chains, ...opaqueLaw() };
  };

  const sums = async (law: Record<string, unknown>, ...requests: readonly Parameters<typeof requestOf>[0][]) => {
    const stage = stageOf({ law });
    const pictures = requests.map(async (over, n) => {
      const id = stage.accept(requestOf({ reference: `r-${n}`, ...over }));
      return (await pictureOf(stage.storage, stage.session.deployment, id, NOW)).picture;
    });
    return sumLines(await Promise.all(pictures)).map(plainText);
  };

  test('ether, fees and tokens by name, exact', async () => {
    const pay = (units: bigint) => ({ to: TOKEN, value: '0', data: call('a9059cbb', units), gasLimit: '60000' });
    expect(await sums(named(), {}, pay(1_500_000n), pay(1n))).toEqual([
      '0.5 ETH on anvil, and fees of at most 0.00564 ETH',
      '1.500001 USDC on anvil',
    ]);
  });

  test('an approval without end is any amount, whatever else is added', async () => {
    const allow = (units: bigint) => ({ to: TOKEN, value: '0', data: call('095ea7b3', units) });
    expect(await sums(named(), allow(2n ** 256n - 1n), allow(5n))).toEqual([
      '0 ETH on anvil, and fees of at most 0.00168 ETH',
      'others may spend ANY AMOUNT of USDC on anvil',
    ]);
  });

  test('a token that the law does not name is told by its address; a call that cannot be decoded is said', async () => {
    const unnamed = { to: TOKEN, value: '0', data: call('a9059cbb', 7n) };
    expect(await sums(opaqueLaw(), unnamed, { to: BOB, value: '1', data: '0x12345678' })).toEqual([
      '0.000000000000000001 ETH on anvil, and fees of at most 0.00168 ETH',
      `7 smallest units of ${TOKEN} on anvil`,
      '1 of them makes a call that cannot be decoded, and may move more',
    ]);
  });
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run as approve } from '#cli/commands/approve.ts';
import { run as reject } from '#cli/commands/reject.ts';
import { run as show } from '#cli/commands/show.ts';
import { delayWords } from '#cli/request/delay-words.ts';
import { walletNamed } from '#schemas/config.ts';
import { configOf, lawJson, requestOf, shareLine, stageOf } from '#test/support/cli/people.ts';

const ETHER = 10n ** 18n;
const DELAYS = [
  { name: 'large', seconds: 5400, aboveWei: `${ETHER / 10n}` },
  { name: 'huge', seconds: 90_000, aboveWei: `${ETHER}` },
];
/** Each of alice, bob and carol may veto what is above a tenth of an ether. */
const law = () => {
  const { wallets } = lawJson() as { wallets: { policy: object }[] };
  return {
    wallets: wallets.map((one) => ({ ...one, policy: { ...one.policy, delays: DELAYS } })),
    limits: { maxValiditySeconds: 172_800 },
  };
};
const LARGE = requestOf({ value: `${ETHER / 2n}` });
const SMALL = requestOf({ value: `${ETHER / 10n}` });

const folder = mkdtempSync(join(tmpdir(), 'keyturn-delay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const share = join(folder, 'share');
writeFileSync(share, shareLine(1));
chmodSync(share, 0o600);

describe('the words', () => {
  const words = (value: bigint) => {
    const config = configOf(law());
    const wallet = walletNamed(config.law, 'treasury');
    if (wallet === undefined) throw new Error('no wallet');
    return delayWords({ request: requestOf({ value: `${value}` }), wallet, law: config.law });
  };
  test.each<[string, bigint, string | undefined]>([
    ['nothing at the amount', ETHER / 10n, undefined],
    ['how long above it', ETHER / 10n + 1n, 'it waits 1 h 30 min after the approvals'],
    ['the longest of two', 2n * ETHER, 'it waits 1 d 1 h after the approvals'],
  ])('tell %s', (_, value, told) => {
    if (told === undefined) expect(words(value)).toBeUndefined();
    else expect(words(value)).toBe(`${told}, and each co-signer of the wallet can veto it (reject)`);
  });
});

const WORDS = 'it waits 1 h 30 min after the approvals, and each co-signer of the wallet can veto it (reject)';

test('show tells the delay of a request that has one, and of no other', async () => {
  for (const [request, isTold] of [
    [LARGE, true],
    [SMALL, false],
  ] as const) {
    const stage = stageOf({ law: law() });
    const id = stage.accept(request);
    expect(await show(stage.session, id, {})).toBe(0);
    expect(stage.stdout.text.includes(WORDS)).toBe(isTold);
  }
});

test('the last approval says that it waits, and not that it is being signed', async () => {
  for (const [request, told] of [
    [LARGE, `That is enough: ${WORDS}.\n`],
    [SMALL, 'That is enough: it is being signed.\n'],
  ] as const) {
    const stage = stageOf({ lab: undefined, law: law() });
    const id = stage.accept(request);
    stage.storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(9));
    expect(await approve(stage.session, id, { share, yes: true })).toBe(0);
    expect(stage.stdout.text).toContain(told);
  }
});

test('an approval that is not the last counts what is missing, as ever', async () => {
  const stage = stageOf({ lab: undefined, law: law() });
  const id = stage.accept(LARGE);
  await approve(stage.session, id, { share, yes: true });
  expect(stage.stdout.text).toContain('\n1 more approval is needed.\n');
  expect(stage.stdout.text).not.toContain('That is enough');
});

test('one rejection is a veto where there is a delay, and one of three votes where there is none', async () => {
  for (const [request, closes, told] of [
    [
      LARGE,
      true,
      'It has a delay, so this is a veto: it will be closed. If it is sealed by now, its bytes stay in, and only cancel frees its nonce.\n',
    ],
    [SMALL, false, 'The other co-signers may still approve it.\n'],
  ] as const) {
    const stage = stageOf({ me: 'bob', law: law() });
    const id = stage.accept(request);
    expect(await reject(stage.session, id, { yes: true })).toBe(0);
    expect(stage.stdout.text).toContain(told);
    const program = stageOf({ me: 'bob', law: law(), json: true });
    program.accept(request);
    await reject(program.session, id, { yes: true });
    expect(program.json()).toMatchObject({ ok: true, closes });
  }
});

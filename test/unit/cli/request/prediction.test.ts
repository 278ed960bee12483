import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { NodeRun } from '#adapters/chain/simulate.ts';
import { run as approve } from '#cli/commands/approve.ts';
import { approveSeveral } from '#cli/commands/approve-several.ts';
import { keepPrediction, predictionOf } from '#cli/request/prediction.ts';
import { pictureOf } from '#cli/request/requests.ts';
import { simulationOf } from '#cli/request/simulation.ts';
import type { Clock, TransactionLog } from '#core/ports.ts';
import { canonicalText } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { coSignerNamed } from '#schemas/config.ts';
import { MAX_PREDICTION_BYTES, parsePrediction, predictionBytes } from '#schemas/prediction.ts';
import {
  BOB,
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  shareLine,
  stageOf,
  TOKEN,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-prediction-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const share = join(folder, 'alice.share');
writeFileSync(share, shareLine(1));
chmodSync(share, 0o600);
const yes = { share, yes: true };

const word = (address: string): string => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const log = (from: string, to: string, amount: bigint, address = TOKEN): TransactionLog => ({
  address,
  topics: [TRANSFER, word(from), word(to)],
  data: `0x${amount.toString(16).padStart(64, '0')}`,
  index: 0n,
});
const TRACER = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';
const HALF = 5n * 10n ** 17n;
const ran = (place: number, logs: readonly TransactionLog[]): NodeRun => ({
  place,
  kind: 'ran',
  run: { success: true, revertData: undefined, gasUsed: 21_000n, logs, funded: true },
});
const PAYS = log(WALLET_ADDRESS, BOB, HALF, TRACER);

const scene = (options: CliHarnessOptions = {}) => {
  const stage = stageOf({ lab: undefined, simulations: [ran(1, [PAYS]), ran(2, [PAYS])], ...options });
  return { stage, id: stage.accept(requestOf()) };
};
const kept = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.includes('/predictions/'));
const shares = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.includes('/shares/'));

describe('a prediction', () => {
  test('is what the co-signer was shown, canonical, in the co-signer’s own place', async () => {
    const { stage, id } = scene();
    expect(await approve(stage.session, id, yes)).toBe(0);
    const content = await stage.storage.read('lab-keys', `alice/predictions/${id}`);
    const text = new TextDecoder().decode(content?.bytes);
    expect(JSON.parse(text)).toEqual({
      version: '1',
      id,
      coSigner: 'alice',
      at: '2026-03-01T12:00:00Z',
      nodes: '2',
      succeeds: 'yes',
      reason: '',
      gasUsed: '21000',
      etherTraced: 'yes',
      complete: 'yes',
      moves: [{ standard: 'native', address: '', tokenId: '', from: WALLET_ADDRESS, to: BOB, amount: `${HALF}` }],
      allows: [],
    });
    expect(text).toBe(canonicalText(JSON.parse(text)));
    expect(stage.stdout.text).toContain(`what the nodes said lies beside it: gs://lab-keys/alice/predictions/${id}`);
  });

  test('is said to a program', async () => {
    const { stage, id } = scene({ json: true });
    await approve(stage.session, id, yes);
    expect(stage.json()).toMatchObject({
      prediction: { state: 'stored', object: `gs://lab-keys/alice/predictions/${id}`, code: '' },
    });
  });

  test.each<[string, readonly NodeRun[]]>([
    ['nothing was simulated', [{ place: 1, kind: 'untold', why: 'no-method' }]],
    ['the nodes disagreed', [ran(1, [PAYS]), ran(2, [])]],
  ])('is not made where %s', async (_, simulations) => {
    const { stage, id } = scene({ simulations });
    expect(await approve(stage.session, id, yes)).toBe(0);
    expect([kept(stage), shares(stage)]).toEqual([[], [`lab-keys/alice/shares/${id}`]]);
  });

  test('is made once: the first stands, as the share does', async () => {
    const { stage, id } = scene({ json: true });
    stage.storage.put('lab-keys', `alice/predictions/${id}`, new Uint8Array(3));
    await approve(stage.session, id, yes);
    expect(stage.json()).toMatchObject({ created: true, prediction: { state: 'there' } });
    expect((await stage.storage.read('lab-keys', `alice/predictions/${id}`))?.bytes).toHaveLength(3);
  });

  test('of each of several lies beside its share', async () => {
    const stage = stageOf({ lab: undefined, simulations: [ran(1, [PAYS])] });
    const ids = ['a', 'b'].map((reference) => stage.accept(requestOf({ reference })));
    expect(await approveSeveral(stage.session, ids, yes)).toBe(0);
    expect(kept(stage).toSorted()).toEqual(ids.map((id) => `lab-keys/alice/predictions/${id}`).toSorted());
  });

  test('is not made by approving again what was approved before', async () => {
    const { stage, id } = scene();
    stage.storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(9));
    await approve(stage.session, id, yes);
    expect(kept(stage)).toEqual([]);
  });

  test('holds the wallet’s own moves alone, and as many as fit', async () => {
    const own = Array.from({ length: 129 }, (_, n) => log(WALLET_ADDRESS, BOB, BigInt(n + 1)));
    const { stage, id } = scene();
    const { picture } = await pictureOf(stage.storage, stage.session.deployment, id, NOW);
    const told = (logs: readonly TransactionLog[]) =>
      predictionOf({ ...picture, simulation: simulationOf([ran(1, logs)], picture) }, 'alice');
    const others = told([PAYS, log(BOB, TOKEN, 9n)]);
    expect([others?.moves.length, others?.complete]).toEqual([1, 'yes']);
    const many = told([PAYS, ...own]);
    expect([many?.moves.length, many?.complete]).toEqual([128, 'no']);
    if (many === undefined) throw new Error('none');
    expect(predictionBytes(many).length).toBeLessThan(MAX_PREDICTION_BYTES);
    expect(parsePrediction(predictionBytes(many))).toEqual(many);
  });
});

describe('a prediction that cannot be stored keeps no approval', () => {
  const spoiled = async (create: CliHarness['storage']['createOnce']) => {
    const { stage, id } = scene();
    const honest = stage.storage.createOnce.bind(stage.storage);
    stage.storage.createOnce = (bucket, name, ...rest) =>
      name.includes('/predictions/') ? create(bucket, name, ...rest) : honest(bucket, name, ...rest);
    return { stage, id };
  };

  test.each(['PERMISSION_DENIED', 'UNAVAILABLE'] as const)('%s is told', async (code) => {
    const { stage, id } = await spoiled(async () => {
      throw new KeyturnError(code, 'no');
    });
    expect(await approve(stage.session, id, yes)).toBe(0);
    expect(shares(stage)).toEqual([`lab-keys/alice/shares/${id}`]);
    expect(stage.stdout.text).toContain(`could not be stored (${code}): the approval counts all the same`);
  });

  test('one that hangs is waited for no longer than its time', async () => {
    const { stage, id } = scene();
    const { picture } = await pictureOf(stage.storage, stage.session.deployment, id, NOW);
    const alice = coSignerNamed(stage.session.deployment.config.law, 'alice');
    if (alice === undefined) throw new Error('no alice');
    stage.storage.createOnce = () => new Promise(() => {});
    const waits: number[] = [];
    const clock: Clock = { now: () => NOW, sleep: async (ms) => void waits.push(ms) };
    const shown = { ...picture, simulation: simulationOf([ran(1, [PAYS])], picture) };
    expect(await keepPrediction(stage.storage, shown, alice, clock)).toEqual({
      state: 'failed',
      object: '',
      code: 'DEADLINE',
    });
    expect(waits).toEqual([5_000]);
  });
});

describe('threat 106: what lies there is a co-signer’s, and parsed at the door', () => {
  const GOOD = {
    ...{ version: '1', id: 'a'.repeat(64), coSigner: 'alice', at: '2026-03-01T12:00:00Z', nodes: '1' },
    ...{ succeeds: 'yes', reason: '', gasUsed: '1', etherTraced: 'yes', complete: 'yes', moves: [], allows: [] },
  };
  const move = { standard: 'erc20', address: TOKEN, tokenId: '', from: BOB, to: TOKEN, amount: '1' };
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  test('one in its form is read', () => {
    expect(parsePrediction(bytes({ ...GOOD, moves: [move] })).moves).toEqual([move]);
  });

  test.each<[string, unknown]>([
    ['another version', { ...GOOD, version: '2' }],
    ['a member more', { ...GOOD, more: '' }],
    ['a member less', { ...GOOD, id: undefined }],
    ['too many moves', { ...GOOD, moves: Array.from({ length: 129 }, () => move) }],
    ['a negative amount', { ...GOOD, moves: [{ ...move, amount: '-1' }] }],
    ['a number for a text', { ...GOOD, moves: [{ ...move, amount: 1 }] }],
    ['a token without an address', { ...GOOD, moves: [{ ...move, address: '' }] }],
    ['an address without its checksum', { ...GOOD, moves: [{ ...move, to: TOKEN.toLowerCase() }] }],
    ['a reason without end', { ...GOOD, reason: 'x'.repeat(513) }],
    ['a list', [GOOD]],
    ['null', null],
  ])('%s is refused', (_, value) => {
    expect(() => parsePrediction(bytes(value))).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  test.each([
    ['bytes that are no text', Uint8Array.of(0xff)],
    ['nothing', new Uint8Array()],
  ])('%s is refused', (_, value) => {
    expect(() => parsePrediction(value)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { NodeRun } from '#adapters/chain/simulate.ts';
import type { RequestAnswer } from '#cli/console/api.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { badShareObject, openObject, outcomeObject, submittedObject } from '#schemas/names.ts';
import { startConsole, type TestConsole, type TestConsoleOptions } from '#test/support/cli/console.ts';
import {
  BOB,
  type CliHarness,
  idOf,
  lawJson,
  opaqueLaw,
  requestOf,
  shareLine,
  TOKEN,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-console-'));
const open: TestConsole[] = [];
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});

let files = 0;
const shareFile = (bytes: Uint8Array, mode = 0o600): string => {
  const path = join(folder, `share-${files++}`);
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  return path;
};

const ID = idOf(requestOf());

/** Alice, outside a lab, with one accepted request that her page shows. */
const scene = async (
  options: TestConsoleOptions = {},
  begin: (stage: CliHarness) => void = (stage) => void stage.accept(requestOf()),
) => {
  const one = await startConsole({ lab: undefined, share: shareFile(shareLine(1)), ...options }, begin);
  open.push(one);
  await one.enter();
  return one;
};

const shown = async (one: TestConsole, id = ID): Promise<RequestAnswer> => {
  const answer = await one.call('request', { id });
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
};

const approving = ({ rendering }: RequestAnswer, over: object = {}, id = ID) => ({
  ...{ id, rendering, coSigner: 'alice', recipientSeen: true, held: false },
  ...over,
});
const uploads = ({ stage }: TestConsole): readonly string[] =>
  stage.storage.paths.filter((name) => name.startsWith('lab-keys/'));

describe('a request on the page', () => {
  test('is what show tells, in the same lines, with what stands around it', async () => {
    const one = await scene({}, (stage) => {
      stage.accept(requestOf());
      stage.storage.put('lab-keys', `bob/rejections/${ID}`, { reason: 'not our\u202e supplier' });
    });
    const answer = await shown(one);
    const { run } = await import('#cli/commands/show.ts');
    const { stageOf } = await import('#test/support/cli/people.ts');
    const terminal = stageOf({ lab: undefined, json: true });
    terminal.accept(requestOf());
    terminal.storage.put('lab-keys', `bob/rejections/${ID}`, { reason: 'not our\u202e supplier' });
    await run(terminal.session, ID, { full: true });
    expect(answer.shown).toEqual(terminal.json());
    expect(answer.timeline.map(({ what, detail }) => [what, detail])).toEqual([
      ['accepted', 'asked by dapp'],
      ['rejected', 'by bob: not our\\u{202e} supplier'],
    ]);
    expect(answer.actors).toEqual([{ coSigner: 'alice', approve: null, reject: null }]);
    expect(answer.waits?.code).toBe('NOT_ENOUGH_SHARES');
    expect(answer.warnings.every(({ text }) => !/[\p{Cc}\p{Cf}]/u.test(text))).toBe(true);
    expect(answer.rendering).toMatch(/^[0-9a-f]{64}$/);
  });

  test('whoever is no co-signer may look on, and answer nothing', async () => {
    const one = await scene({ me: undefined, share: undefined });
    const answer = await shown(one);
    expect(answer.actors).toEqual([]);
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 400, code: 'USAGE', field: 'as' });
    expect(await one.call('reject', { ...approving(answer), reason: '' } as never)).toMatchObject({ ok: false });
    expect(uploads(one)).toEqual([]);
  });

  test('one that nobody accepted is not found', async () => {
    const one = await scene();
    expect(await one.call('request', { id: 'a'.repeat(64) })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('approving on the page', () => {
  test('uploads exactly what the command would, and says so at the terminal', async () => {
    const one = await scene();
    const answer = await one.call('approve', approving(await shown(one)));
    expect(answer).toMatchObject({
      ...{ status: 200, ok: true, id: ID, coSigner: 'alice', created: true, approvals: 1, needed: 2 },
      object: `gs://lab-keys/alice/shares/${ID}`,
      sentence: '1 more approval is needed.',
    });
    expect(one.stage.encrypted).toEqual([
      {
        key: 'projects/alice-project/locations/local/keyRings/keyturn/cryptoKeys/release',
        plaintext: new TextDecoder().decode(shareLine(1)),
        aad: `keyturn/v1/${ID}/alice`,
      },
    ]);
    expect(uploads(one)).toEqual([`lab-keys/alice/shares/${ID}`]);
    expect(one.stage.stdout.text).toContain(`approved by alice: ${ID}`);
  });

  test('threat 104: neither the page nor the terminal is told the share, whatever happens', async () => {
    const secret = new TextDecoder().decode(shareLine(1)).slice(-64);
    const one = await scene();
    const heard = await one.listen();
    const right = await shown(one);
    const said = JSON.stringify([right, await one.call('approve', approving(right)), heard.events]);
    const damaged = shareLine(1);
    damaged[damaged.length - 1] = damaged[damaged.length - 1] === 48 ? 49 : 48;
    const other = await scene({ share: shareFile(damaged) });
    const wrong = await other.call('approve', approving(await shown(other)));
    expect(wrong).toMatchObject({ status: 409, code: 'SHARE_WRONG' });
    const all = said + JSON.stringify(wrong) + one.stage.stdout.text + other.stage.stdout.text + one.stage.stderr.text;
    expect(all).not.toContain(secret);
    expect(uploads(other)).toEqual([]);
    heard.leave();
  });

  test.each([
    ['of another holder', () => shareFile(shareLine(2)), 'SHARE_OTHER_INDEX'],
    ['of another wallet', () => shareFile(shareLine(1, { wallet: 'ops' })), 'SHARE_OTHER_WALLET'],
    ['that is none', () => shareFile(new TextEncoder().encode('hello')), 'SHARE_TEXT'],
    ['that others may read', () => shareFile(shareLine(1), 0o644), 'USAGE'],
    ['that is not there', () => join(folder, 'none'), 'NOT_FOUND'],
  ])('a share %s uploads nothing', async (_, share, code) => {
    const one = await scene({ share: share() });
    expect(await one.call('approve', approving(await shown(one)))).toMatchObject({ ok: false, code });
    expect(uploads(one)).toEqual([]);
  });

  test('threat 105: an id, or a form of it, that this page was not shown is refused', async () => {
    const second = requestOf({ reference: 'invoice-2' });
    const one = await scene({}, (stage) => {
      stage.accept(requestOf());
      stage.accept(second);
    });
    const first = await shown(one);
    for (const over of [{ id: idOf(second) }, { rendering: '0'.repeat(64) }, { rendering: ID }])
      expect(await one.call('approve', approving(first, over))).toMatchObject({ status: 409, code: 'NOT_SHOWN' });
    expect(await one.call('reject', { ...approving(first), id: idOf(second), reason: '' } as never)).toMatchObject({
      ok: false,
    });
    expect(uploads(one)).toEqual([]);
  });

  test('threat 105: what was shown to the page before this one counts for nothing', async () => {
    const one = await scene();
    const before = await shown(one);
    const heard = await one.listen();
    heard.leave();
    await heard.closed;
    while (one.codes().length < 2) {
      one.clock.advance(5000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await one.enter();
    expect(await one.call('approve', approving(before))).toMatchObject({ status: 409, code: 'NOT_SHOWN' });
  });

  test('threat 105: where it would be shown otherwise now, it must be read again', async () => {
    const one = await scene();
    const before = await shown(one);
    const hints = one.stage.session.ports.hints;
    Object.assign(one.stage.session.ports, {
      hints: async (chainId: string) => ({ ...(await hints(chainId)), destination: async () => 'contract' as const }),
    });
    expect(await one.call('approve', approving(before))).toMatchObject({
      ...{ status: 409, code: 'NOT_SHOWN' },
      message: 'it has changed since it was shown',
    });
    const after = await shown(one);
    expect(after.rendering).not.toBe(before.rendering);
    expect(await one.call('approve', approving(after))).toMatchObject({ status: 200 });
  });

  test('what others answer, and the time that passes, change nothing of it', async () => {
    const one = await scene();
    const before = await shown(one);
    one.stage.storage.put('lab-keys', `bob/shares/${ID}`, new Uint8Array(9));
    one.clock.advance(120_000);
    const again = await shown(one);
    expect(again.rendering).not.toBe(before.rendering);
    expect(await one.call('approve', approving(before))).toMatchObject({ status: 200, approvals: 2, needed: 2 });
  });

  test('threat 105: what is kept beside the share is what the nodes said when it was shown', async () => {
    let gasUsed = 21_000n;
    const one = await scene({}, (stage) => {
      stage.accept(requestOf());
      const run = () => ({ success: true, revertData: undefined, gasUsed, logs: [], funded: true });
      const simulations = async (): Promise<readonly NodeRun[]> => [{ place: 1, kind: 'ran', run: run() }];
      Object.assign(stage.session.ports, { simulations });
    });
    const before = await shown(one);
    gasUsed = 99_000n;
    one.clock.advance(60_000);
    expect(await one.call('approve', approving(before))).toMatchObject({
      status: 200,
      prediction: { state: 'stored' },
    });
    const stored = await one.stage.storage.read('lab-keys', `alice/predictions/${ID}`);
    expect(JSON.parse(new TextDecoder().decode(stored?.bytes))).toMatchObject({ at: before.at, gasUsed: '21000' });
  });

  test('threat 105: whom it pays must have been in view', async () => {
    const one = await scene();
    expect(await one.call('approve', approving(await shown(one), { recipientSeen: false }))).toMatchObject({
      ...{ status: 409, code: 'NOT_SHOWN', field: 'recipientSeen' },
    });
    expect(uploads(one)).toEqual([]);
  });

  test('threat 105: critical warnings ask for a held button', async () => {
    const burn = requestOf({ to: '0x0000000000000000000000000000000000000000' });
    const one = await scene({}, (stage) => void stage.accept(burn));
    const answer = await shown(one, idOf(burn));
    expect(answer.critical).toBe(true);
    expect(answer.warnings[0]).toMatchObject({ critical: true });
    expect(await one.call('approve', approving(answer, {}, idOf(burn)))).toMatchObject({
      status: 409,
      code: 'NOT_HELD',
    });
    expect(uploads(one)).toEqual([]);
    expect(await one.call('approve', approving(answer, { held: true }, idOf(burn)))).toMatchObject({ status: 200 });
    expect((await shown(await scene())).critical).toBe(false);
  });

  test('the page may answer as nobody else', async () => {
    const one = await scene();
    const answer = await shown(one);
    expect(await one.call('approve', approving(answer, { coSigner: 'bob' }))).toMatchObject({
      ...{ status: 403, code: 'PERMISSION_DENIED' },
      message: 'this console answers as alice alone',
    });
  });

  test('who holds no share of the wallet is told so', async () => {
    const coSigners = lawJson().coSigners as readonly Record<string, unknown>[];
    const dave = JSON.parse(JSON.stringify(coSigners[0]).replaceAll('alice', 'dave'));
    const one = await scene({ me: 'dave', law: { coSigners: [...coSigners, dave] } });
    const answer = await shown(one);
    expect(answer.actors).toMatchObject([
      { coSigner: 'dave', approve: { code: 'SHARE_UNKNOWN_CO_SIGNER' }, reject: { code: 'SHARE_UNKNOWN_CO_SIGNER' } },
    ]);
    expect(await one.call('approve', approving(answer, { coSigner: 'dave' }))).toMatchObject({
      status: 409,
      code: 'SHARE_UNKNOWN_CO_SIGNER',
    });
  });

  test('approving twice is approving once; a share that does not count is replaced', async () => {
    const one = await scene();
    const answer = await shown(one);
    await one.call('approve', approving(answer));
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 200, created: false });
    expect(uploads(one)).toHaveLength(1);
    const first = await one.stage.storage.stat('lab-keys', `alice/shares/${ID}`);
    const generation = first?.generation ?? '';
    one.stage.storage.put('lab-results', badShareObject(ID, 'alice', generation), {
      ...{ id: ID, wallet: 'treasury', coSigner: 'alice', object: `alice/shares/${ID}`, generation },
      code: 'SHARE_WRONG',
    });
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 200, created: true });
    expect(uploads(one)).toEqual([`lab-keys/alice/shares/${ID}`, `lab-keys/alice/shares/${ID}/2`]);
  });
});

describe('meanwhile', () => {
  const outcome = (what: string) => ({
    ...{ id: ID, wallet: 'treasury', outcome: what, code: '', reason: '' },
    ...{ transactionHash: '', blockNumber: '', receipt: '' },
  });

  test('two pages, and one decided: the other is told so', async () => {
    const [one, two] = [await scene(), await scene()];
    const [here, there] = [await shown(one), await shown(two)];
    expect(await one.call('approve', approving(here))).toMatchObject({ status: 200 });
    for (const other of [one, two]) {
      other.stage.storage.put('lab-results', outcomeObject(ID), outcome('rejected'));
      other.stage.storage.put('lab-work', openObject('treasury', ID), {}, { metadata: { stage: 'decided' } });
    }
    expect(await two.call('approve', approving(there))).toMatchObject({
      ...{ status: 409, code: 'SHARE_LATE', message: 'the request is rejected already' },
    });
    expect(uploads(two)).toEqual([]);
  });

  test('rejected by me at another place', async () => {
    const one = await scene();
    const answer = await shown(one);
    one.stage.storage.put('lab-keys', `alice/rejections/${ID}`, {});
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 409, code: 'REJECTED' });
    expect(uploads(one)).toEqual([`lab-keys/alice/rejections/${ID}`]);
  });

  test('signed: neither an approval nor a rejection changes anything', async () => {
    const one = await scene();
    const answer = await shown(one);
    one.stage.storage.put('lab-results', submittedObject(ID), {
      ...{ id: ID, wallet: 'treasury', chainId: '31337', from: WALLET_ADDRESS, nonce: '0' },
      ...{ transactionHashes: [`0x${'1'.repeat(64)}`], approvedBy: ['bob', 'carol'], seal: 's' },
    });
    const message = 'the request is signed and submitted already';
    expect(await one.call('approve', approving(answer))).toMatchObject({ code: 'SHARE_LATE', message });
    const { rendering } = answer;
    const body = { id: ID, rendering, coSigner: 'alice', reason: '' };
    expect(await one.call('reject', body)).toMatchObject({ code: 'SHARE_LATE', message });
    expect(uploads(one)).toEqual([]);
  });

  test('expired while it was read', async () => {
    const one = await scene();
    const answer = await shown(one);
    one.clock.advance(3_600_000);
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 409, code: 'EXPIRED' });
    expect(uploads(one)).toEqual([]);
  });

  test('altered meanwhile, so that it hashes to another id', async () => {
    const one = await scene();
    const answer = await shown(one);
    one.stage.storage.put('lab-results', `requests/${ID}/request.json`, {
      ...{ id: ID, walletAddress: answer.shown.address, lawHash: '0'.repeat(64) },
      request: requestOf({ value: '9000000000000000000' }),
    });
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 409, code: 'ID_MISMATCH' });
    expect(uploads(one)).toEqual([]);
  });

  test('the cloud goes and comes back: nothing is uploaded until it does, and then once', async () => {
    const one = await scene();
    const answer = await shown(one);
    one.stage.storage.fault = () => new KeyturnError('UNAVAILABLE', 'storage: no answer');
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    one.stage.storage.fault = () => undefined;
    expect(await one.call('approve', approving(answer))).toMatchObject({ status: 200, created: true });
    expect(uploads(one)).toHaveLength(1);
  });
});

describe('a share that is asked for at the terminal', () => {
  const asking = (answer: string | undefined) => scene({ share: undefined, answer });

  test('threat 105: is asked for by what it approves, typed unseen, and the page knows that somebody waits', async () => {
    const one = await asking(new TextDecoder().decode(shareLine(1)));
    const heard = await one.listen();
    expect(await one.call('approve', approving(await shown(one)))).toMatchObject({ status: 200, created: true });
    expect(one.stage.hidden).toEqual(one.stage.asked);
    expect(one.stage.asked).toEqual([
      `To approve ${ID} as alice: send 0.5 ETH to ${BOB}. The share of wallet treasury, or the name of its file (not shown): `,
    ]);
    await heard.until((event) => event.kind === 'share' && !event.asked);
    expect(heard.events.flatMap((event) => (event.kind === 'share' ? [event.asked] : []))).toEqual([true, false]);
    expect(one.stage.encrypted[0]?.plaintext).toBe(new TextDecoder().decode(shareLine(1)));
  });

  test('or is the name of its file', async () => {
    const one = await asking(shareFile(shareLine(1)));
    expect(await one.call('approve', approving(await shown(one)))).toMatchObject({ status: 200 });
  });

  test.each([
    ['nothing', '', 'USAGE'],
    ['no terminal', undefined, 'USAGE'],
    ['that of another', new TextDecoder().decode(shareLine(2)), 'SHARE_OTHER_INDEX'],
  ])('%s: nothing is uploaded', async (_, typed, code) => {
    const one = await asking(typed);
    expect(await one.call('approve', approving(await shown(one)))).toMatchObject({ ok: false, code });
    expect(uploads(one)).toEqual([]);
  });

  test('is looked at again after it was typed: a person may take an hour', async () => {
    const one = await asking(new TextDecoder().decode(shareLine(1)));
    const answer = await shown(one);
    one.stage.storage.before = { call: 'list', prefix: 'alice/shares/', run: () => one.clock.advance(3_600_000) };
    expect(await one.call('approve', approving(answer))).toMatchObject({ ok: false, code: 'EXPIRED' });
    expect(uploads(one)).toEqual([]);
  });
});

describe('rejecting on the page', () => {
  test('says why, closes where too few are left, and beats a share', async () => {
    const one = await scene();
    const { rendering } = await shown(one);
    const body = { id: ID, rendering, coSigner: 'alice', reason: 'not our supplier' };
    expect(await one.call('reject', body)).toMatchObject({
      ...{ status: 200, ok: true, id: ID, coSigner: 'alice', created: true, closes: false },
      sentence: 'The other co-signers may still approve it.',
    });
    const stored = await one.stage.storage.read('lab-keys', `alice/rejections/${ID}`);
    expect(new TextDecoder().decode(stored?.bytes)).toBe('{"reason":"not our supplier"}');
    expect(await one.call('reject', body)).toMatchObject({ status: 200, created: false });
    expect(one.stage.stdout.text).toContain(`rejected by alice: ${ID}`);
    expect(await one.call('approve', approving(await shown(one)))).toMatchObject({ code: 'REJECTED' });
  });

  test('of what is not shown, or with a reason that draws on a terminal, does nothing', async () => {
    const one = await scene();
    const { rendering } = await shown(one);
    const body = { id: ID, rendering, coSigner: 'alice', reason: '' };
    expect(await one.call('reject', { ...body, reason: '\u001b[2J' })).toMatchObject({ status: 400, field: 'reason' });
    expect(await one.call('reject', { ...body, rendering: '1'.repeat(64) })).toMatchObject({ code: 'NOT_SHOWN' });
    expect(uploads(one)).toEqual([]);
  });
});

test('a descriptor that the law pins, and that is not there, stops it as in approve', async () => {
  const wallets = JSON.parse(
    JSON.stringify(opaqueLaw().wallets).replaceAll('"opaque":true', '"opaque":true,"tokens":"any"'),
  );
  const chain = { chainId: '31337', name: 'anvil', finality: { kind: 'finalized' }, trusted: true };
  const descriptors = [{ address: TOKEN, file: 'usdc.json', hash: `0x${'1'.repeat(64)}` }];
  const data = `0xa9059cbb${BOB.slice(2).toLowerCase().padStart(64, '0')}${'1'.padStart(64, '0')}`;
  const call = requestOf({ to: TOKEN, value: '0', data, gasLimit: '100000' });
  const one = await scene(
    { law: { wallets, chains: [{ ...chain, descriptors }] } },
    (stage) => void stage.accept(call),
  );
  const answer = await shown(one, idOf(call));
  expect(answer.shown).toMatchObject({ ok: false, stops: [{ code: 'DESCRIPTOR_MISSING', file: 'usdc.json' }] });
  expect(answer.actors[0]?.approve?.code).toBe('DESCRIPTOR_MISSING');
  const approval = approving(answer, { held: true }, idOf(call));
  expect(await one.call('approve', approval)).toMatchObject({ status: 409, code: 'DESCRIPTOR_MISSING' });
  expect(uploads(one)).toEqual([]);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { realClock } from '#adapters/clock.ts';
import type { Access } from '#adapters/kms/kms.ts';
import { childSigner, signerFlags } from '#adapters/signer/child.ts';
import { beginLine, MAX_ORDER_BYTES } from '#adapters/signer/messages.ts';
import { signerOfDigest } from '#core/curve.ts';
import type { Clock } from '#core/ports.ts';
import type { SigningSession } from '#core/signing/signer.ts';
import { withSignature } from '#core/transaction/sign.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import { Keys } from '#local/cloud/kms/keys.ts';
import { kmsRest } from '#local/cloud/kms/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { callerNamed } from '#local/cloud/runtime/iam.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { checkpointDigest, digestOf, sealDigest } from '#schemas/digest.ts';
import { shareAad, shareText } from '#schemas/share-text.ts';
import { HOT, REGISTER } from '#test/support/given.ts';
import { requestOf, splitOf } from '#test/support/law.ts';
import { DIST, ensureBuilt } from '../../build/build.ts';
import { grant } from './adapter-kit.ts';

/** The signing process as the image has it, over the local KMS, and each way in which it can end (threat 107). */
const LOCATION = 'projects/alice-project/locations/global';
const KEY = `${LOCATION}/keyRings/keyturn/cryptoKeys/release`;
const FILE = join(DIST, 'image', 'signer.mjs');
const SPLIT = splitOf(2, 3);
const REQUEST = requestOf();
const ID = digestOf(REQUEST, HOT.address, REGISTER);
const RUNGS = rungsOf(REQUEST, 7n);
const LADDER = { id: ID, nonce: 7n, digests: RUNGS.map(({ unsignedHash }) => unsignedHash) };
const SEAL = { chainId: '31337', seq: 3n, previous: 'a'.repeat(64), content: 'b'.repeat(64) };

const world = createWorld();
const keys = new Keys(world);
const server = kmsRest(world, keys);
const folder = mkdtempSync(join(tmpdir(), 'keyturn-signer-'));
let endpoint = '';
let token = '';

beforeAll(async () => {
  await ensureBuilt();
  endpoint = `http://localhost:${await listen(server)}`;
  grant(world, 'admin', 'roles/cloudkms.admin', 'projects/alice-project');
  const admin = callerNamed('admin');
  keys.createKeyRing(admin, LOCATION, 'keyturn');
  keys.createCryptoKey(admin, `${LOCATION}/keyRings/keyturn`, 'release', { purpose: 'ENCRYPT_DECRYPT', labels: {} });
  grant(world, 'alice', 'roles/cloudkms.cryptoKeyEncrypter', `keys/${KEY}`);
  grant(world, 'attested', 'roles/cloudkms.cryptoKeyDecrypter', `keys/${KEY}`);
  token = world.iam.issueToken(callerNamed('attested'));
}, 120_000);
afterAll(async () => {
  await closeServer(server);
  rmSync(folder, { recursive: true });
});

const upload = (coSigner: string, index: number) => {
  const share = SPLIT.shares.find((one) => one.index === index);
  if (share === undefined) throw new Error('no share');
  const { ciphertext } = keys.encrypt(callerNamed('alice'), {
    name: KEY,
    plaintext: Buffer.from(shareText({ wallet: 'hot', epoch: 1, index, scalar: share.scalar })),
    additionalAuthenticatedData: Buffer.from(shareAad(ID, coSigner)),
  });
  return { coSigner, ciphertext };
};
const asked = () => ({ id: ID, request: REQUEST, uploads: [upload('alice', 1), upload('bob', 2)] });

const sessions: SigningSession[] = [];
const begin = (
  over: { file?: string; flags?: readonly string[]; clock?: Clock; access?: (of: string) => Promise<Access> } = {},
): SigningSession => {
  const session = childSigner({
    wallet: HOT,
    registerBucket: REGISTER,
    kmsEndpoint: endpoint,
    access: async () => ({ kind: 'access', key: KEY, token }),
    file: FILE,
    clock: realClock,
    ...over,
  }).begin();
  sessions.push(session);
  return session;
};
afterEach(() => {
  for (const session of sessions.splice(0)) session.end();
});

describe('it opens, judges and signs', () => {
  test('what it signs is what the wallet signs, a seal and a checkpoint too', async () => {
    const session = begin();
    expect(await session.open(asked())).toEqual([{ kind: 'good' }, { kind: 'good' }]);
    const signatures = await session.signLadder(LADDER);
    for (const [n, rung] of RUNGS.entries())
      expect(() => withSignature(rung, signatures[n] ?? new Uint8Array(), HOT.address)).not.toThrow();
    const signature = await session.signStatement(ID, { kind: 'seal', ...SEAL });
    const digest = sealDigest(SEAL.chainId, REGISTER, SEAL);
    expect(signerOfDigest(digest, signature)).toBe(HOT.address.toLowerCase());
    const hashes = { lawHash: '1'.repeat(64), set: '2'.repeat(64), content: '3'.repeat(64) };
    const { chainId, seq } = SEAL;
    const noted = await session.signStatement(ID, { kind: 'checkpoint', chainId, seq, ...hashes });
    expect(signerOfDigest(checkpointDigest(chainId, REGISTER, { seq, ...hashes }), noted)).toBe(
      HOT.address.toLowerCase(),
    );
    expect(session.fault()).toBeUndefined();
  });

  test('each upload has its verdict, also one for which no token is to be had', async () => {
    const access = async (coSigner: string): Promise<Access> =>
      coSigner === 'holder-3'
        ? { kind: 'unreachable', reason: 'ATTESTATION_REFUSED: sts' }
        : { kind: 'access', key: coSigner === 'nobody' ? `${KEY}-gone` : KEY, token };
    const session = begin({ access });
    const junk = (coSigner: string) => ({ coSigner, ciphertext: new Uint8Array(40) });
    const uploads = [junk('holder-3'), upload('alice', 1), junk('bob'), junk('nobody'), upload('alice', 2)];
    expect(await session.open({ ...asked(), uploads })).toEqual([
      { kind: 'unreachable', reason: 'ATTESTATION_REFUSED: sts' },
      { kind: 'good' },
      { kind: 'bad', code: 'SHARE_CIPHERTEXT' },
      { kind: 'unreachable', reason: expect.stringMatching(/^(NOT_FOUND|PERMISSION_DENIED): kms: decrypt .*-gone$/) },
      { kind: 'bad', code: 'SHARE_OTHER_INDEX' },
    ]);
  });

  test('what it refuses it refuses by a code, and goes on', async () => {
    const session = begin();
    await session.open(asked());
    await expect(session.signLadder({ ...LADDER, nonce: 8n })).rejects.toMatchObject({ code: 'SEAL_MISMATCH' });
    await expect(session.open({ ...asked(), id: 'a'.repeat(64) })).rejects.toThrow(RangeError);
    expect(await session.signLadder(LADDER)).toHaveLength(RUNGS.length);
    session.drop(ID);
    await expect(session.signLadder(LADDER)).rejects.toMatchObject({ code: 'NOT_ENOUGH_SHARES' });
  });
});

/** A program in the place of the signing process. */
const program = (name: string, text: string): string => {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
};
/** Says this to the first order. */
const saying = (name: string, line: string): string =>
  program(
    name,
    `let n = 0; process.stdin.on('data', (data) => { for (const _ of String(data).split('\\n').slice(1)) if (n++ === 0) process.stdout.write(${line}); });`,
  );
const wordy = (answer: unknown): string => `${JSON.stringify(`${JSON.stringify(answer)}\n`)}`;

const ENDS: readonly [string, () => string, RegExp][] = [
  ['exit code', () => program('exits', 'process.exit(7);'), /ended: exit code 7/],
  ['signal', () => program('dies', "process.kill(process.pid, 'SIGKILL');"), /ended: SIGKILL/],
  ['garbage', () => saying('garbage', "'garbage\\n'"), /says what was not asked/],
  ['too large', () => saying('large', "'x'.repeat(100_000)"), /says too much/],
  [
    'an answer that nobody asked for',
    () => saying('other', wordy({ kind: 'verdicts', n: 99, verdicts: [] })),
    /says what was not asked/,
  ],
  [
    'an answer of another kind',
    () => saying('kind', wordy({ kind: 'signatures', n: 0, signatures: ['ab'.repeat(65)] })),
    /answers another question/,
  ],
  [
    'a verdict too few',
    () => saying('few', wordy({ kind: 'verdicts', n: 0, verdicts: [{ kind: 'good' }] })),
    /answers another question/,
  ],
  [
    'a text of its own choice in a verdict',
    () => saying('text', wordy({ kind: 'verdicts', n: 0, verdicts: [{ kind: 'unreachable', reason: 'a share' }] })),
    /says what was not asked/,
  ],
  ['no such file', () => join(folder, 'nowhere.mjs'), /ended: exit code 1/],
];

const onLinux = test.skipIf(process.platform !== 'linux');
if (process.platform !== 'linux') console.warn('SKIPPED: what /proc says of the signing process (this is not Linux)');

const children = (): readonly number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
/** Of what built the bundle. */
const before = new Set<number>();
beforeAll(() => {
  if (process.platform === 'linux') for (const pid of children()) before.add(pid);
});
/** Processes that this one started since and that live. */
const living = (): readonly number[] => children().filter((pid) => !before.has(pid));

describe('however it ends, whoever asked is told, and nobody is blamed (threat 107)', () => {
  test.each(ENDS)('%s', async (_, file, words) => {
    const session = begin({ file: file(), flags: [] });
    await expect(session.open(asked())).rejects.toMatchObject({ code: 'UNAVAILABLE', message: words });
    expect(session.fault()).toMatchObject({ code: 'UNAVAILABLE' });
    await expect(session.signLadder(LADDER)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  onLinux('silence: at its deadline it is killed', async () => {
    const late = Promise.withResolvers<void>();
    const clock: Clock = { now: () => 0, sleep: () => late.promise };
    const session = begin({ file: program('silent', 'process.stdin.resume();'), flags: [], clock });
    const opening = session.open(asked());
    await vi.waitFor(() => expect(living()).toHaveLength(1));
    late.resolve();
    await expect(opening).rejects.toMatchObject({ code: 'DEADLINE' });
    await vi.waitFor(() => expect(living()).toEqual([]));
  });

  onLinux('at its end it is killed, whatever it does', async () => {
    const file = program('busy', "process.stdout.write('x'.repeat(10)); for (;;);");
    const session = begin({ file, flags: [] });
    const opening = session.open(asked());
    await vi.waitFor(() => expect(living()).toHaveLength(1));
    session.end();
    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.waitFor(() => expect(living()).toEqual([]));
  });

  test('a session that opens nothing starts nothing', () => {
    const session = begin({ file: program('never', 'process.exit(0);') });
    session.drop(ID);
    session.end();
    expect(session.fault()).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('by itself', () => {
  const started = (): ChildProcess =>
    spawn(process.execPath, [...signerFlags(FILE), FILE], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  const endOf = async (tell: (child: ChildProcess) => void): Promise<number> => {
    const child = started();
    child.stdin?.on('error', () => {});
    tell(child);
    const [code] = await once(child, 'exit');
    return code;
  };
  const BEGIN = beginLine(HOT, REGISTER, undefined);

  test.each([
    ['whose turn has gone ends', (child: ChildProcess) => child.stdin?.end(BEGIN), 0],
    ['that is told nothing it knows ends', (child: ChildProcess) => child.stdin?.write('{"kind":"begin"}\n'), 2],
    ['that is given an unknown order ends', (child: ChildProcess) => child.stdin?.write(`${BEGIN}{"kind":"x"}\n`), 3],
    [
      'that is given a bare digest to sign ends',
      (child: ChildProcess) =>
        child.stdin?.write(`${BEGIN}${JSON.stringify({ kind: 'digest', n: 0, digest: 'a'.repeat(64) })}\n`),
      3,
    ],
    [
      'that is given a line without an end ends',
      (child: ChildProcess) => child.stdin?.write(Buffer.alloc(MAX_ORDER_BYTES + 1, 0x20)),
      4,
    ],
  ])('one %s', async (_, tell, code) => {
    expect(await endOf(tell)).toBe(code);
  });

  onLinux('its environment is empty, and its command line holds flags and a file', async () => {
    const session = begin();
    await session.open(asked());
    const [pid] = living();
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('');
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1, -1);
    expect(line).toEqual([...signerFlags(FILE), FILE]);
  });
});

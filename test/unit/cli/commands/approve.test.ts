import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ApproveOptions, run } from '#cli/commands/approve.ts';
import { badShareObject, outcomeObject, submittedObject } from '#schemas/names.ts';
import {
  type CliHarness,
  type CliHarnessOptions,
  NOW,
  requestOf,
  shareLine,
  stageOf,
  WALLET_ADDRESS,
} from '#test/support/cli/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const shareFile = (bytes: Uint8Array, mode = 0o600): string => {
  const path = join(folder, `share-${files++}`);
  writeFileSync(path, bytes);
  chmodSync(path, mode);
  return path;
};

/** Alice, outside a lab, with one accepted request. */
const scene = (options: CliHarnessOptions = {}) => {
  const stage = stageOf({ lab: undefined, ...options });
  return { stage, id: stage.accept(requestOf()) };
};
const yes = (over: ApproveOptions = {}): ApproveOptions => ({ share: shareFile(shareLine(1)), yes: true, ...over });
const uploads = ({ storage }: CliHarness): string[] => storage.paths.filter((name) => name.startsWith('lab-keys/'));

describe('an approval', () => {
  test('encrypts the share for exactly this request and uploads it', async () => {
    const { stage, id } = scene();
    expect(
      await run(
        stage.session,
        id,
        yes({ share: shareFile(new TextEncoder().encode(`${new TextDecoder().decode(shareLine(1))}\n`)) }),
      ),
    ).toBe(0);
    expect(stage.encrypted).toEqual([
      {
        key: 'projects/alice-project/locations/local/keyRings/keyturn/cryptoKeys/release',
        plaintext: new TextDecoder().decode(shareLine(1)),
        aad: `keyturn/v1/${id}/alice`,
      },
    ]);
    expect(uploads(stage)).toEqual([`lab-keys/alice/shares/${id}`]);
    expect(new TextDecoder().decode((await stage.storage.read('lab-keys', `alice/shares/${id}`))?.bytes)).toBe(
      'ciphertext 1',
    );
    expect(stage.stdout.text).toContain('SEND 0.5 ETH');
    expect(stage.stdout.text).toContain(
      `approved by alice: gs://lab-keys/alice/shares/${id}\n1 more approval is needed.\nNext: ./keyturn status ${id.slice(0, 8)}`,
    );
  });

  test('that is enough says so', async () => {
    const { stage, id } = scene({ json: true });
    stage.storage.put('lab-keys', `bob/shares/${id}`, new Uint8Array(9));
    expect(await run(stage.session, id, yes())).toBe(0);
    expect(stage.json()).toMatchObject({ ok: true, id, coSigner: 'alice', created: true, approvals: 2, needed: 2 });
  });

  test('never shows the share, neither on the way nor on failure', async () => {
    const { stage, id } = scene();
    const secret = new TextDecoder().decode(shareLine(1)).slice(-64);
    await run(stage.session, id, yes());
    const wrong = scene();
    const damaged = shareLine(1);
    damaged[damaged.length - 1] = damaged[damaged.length - 1] === 48 ? 49 : 48;
    const error: unknown = await run(wrong.stage.session, wrong.id, yes({ share: shareFile(damaged) })).catch(
      (e: unknown) => e,
    );
    const all = stage.stdout.text + stage.stderr.text + wrong.stage.stdout.text + String(error);
    expect(all).not.toContain(secret.slice(0, 32));
  });

  test('wipes the plaintext even where KMS refuses', async () => {
    let seen: Uint8Array | undefined;
    const { stage, id } = scene({
      ports: {
        encrypter: async () => ({
          encrypt: async (_, plaintext) => {
            seen = plaintext;
            throw new Error('no');
          },
        }),
      },
    });
    await expect(run(stage.session, id, yes())).rejects.toThrow('no');
    expect(seen?.every((byte) => byte === 0)).toBe(true);
    expect(uploads(stage)).toEqual([]);
  });
});

test('a share is not even read where KMS cannot be reached', async () => {
  const { stage, id } = scene({
    ports: {
      encrypter: async () => {
        throw new Error('no');
      },
    },
  });
  let reads = 0;
  const session = {
    ...stage.session,
    stdin: async () => {
      reads += 1;
      return shareLine(1);
    },
  };
  await expect(run(session, id, { share: '-', yes: true })).rejects.toThrow('no');
  expect(reads).toBe(0);
});

test('the plaintext is wiped also where the encrypter throws at once', async () => {
  let seen: Uint8Array | undefined;
  const { stage, id } = scene({
    ports: {
      encrypter: async () => ({
        encrypt: (_, plaintext) => {
          seen = plaintext;
          throw new Error('no');
        },
      }),
    },
  });
  await expect(run(stage.session, id, yes())).rejects.toThrow('no');
  expect(seen?.every((byte) => byte === 0)).toBe(true);
});

describe('the share is checked before it is used', () => {
  test.each<[string, Uint8Array, string]>([
    ['garbage', new TextEncoder().encode('hello'), 'SHARE_TEXT'],
    ['nothing', new Uint8Array(), 'SHARE_TEXT'],
    ['another wallet', shareLine(1, { wallet: 'petty' }), 'SHARE_OTHER_WALLET'],
    ['an old epoch', shareLine(1, { epoch: 2 }), 'SHARE_OTHER_EPOCH'],
    ["bob's share", shareLine(2), 'SHARE_OTHER_INDEX'],
    ["bob's share under alice's index", shareLine(2, { as: 1 }), 'SHARE_WRONG'],
    ['a file that is no share', new Uint8Array(2000), 'TOO_LARGE'],
  ])('%s', async (_, bytes, code) => {
    const { stage, id } = scene();
    await expect(run(stage.session, id, yes({ share: shareFile(bytes) }))).rejects.toMatchObject({ code });
    expect(stage.encrypted).toEqual([]);
    expect(uploads(stage)).toEqual([]);
  });

  test.each([0o644, 0o640, 0o604, 0o660])('a file of mode %o is refused outside a lab', async (mode) => {
    const { stage, id } = scene();
    await expect(run(stage.session, id, yes({ share: shareFile(shareLine(1), mode) }))).rejects.toMatchObject({
      code: 'USAGE',
      field: 'share',
      message: expect.stringContaining('chmod 600'),
    });
    expect(stage.encrypted).toEqual([]);
  });

  test('in a lab the file is known and its mode does not matter', async () => {
    const path = shareFile(shareLine(1), 0o644);
    const lab = { pid: 1, coSigners: [{ name: 'alice', shareFile: path, tokenFile: '' }], tokens: {} };
    const { stage, id } = scene({ lab });
    expect(await run(stage.session, id, { yes: true })).toBe(0);
  });

  test('it may come by standard input, and must come from somewhere', async () => {
    const { stage, id } = scene({ stdin: shareLine(1) });
    expect(await run(stage.session, id, { share: '-', yes: true })).toBe(0);
    const none = scene();
    await expect(run(none.stage.session, none.id, { yes: true })).rejects.toMatchObject({
      code: 'USAGE',
      field: 'share',
    });
    await expect(run(none.stage.session, none.id, yes({ share: join(folder, 'none') }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('a person is asked', () => {
  test('and the first digits of the id approve', async () => {
    const { id } = scene();
    for (const [answer, code] of [
      [id.slice(0, 4), 0],
      [id.slice(0, 6), 0],
      [id.slice(0, 3), 1],
      ['y', 1],
      ['', 1],
      [`x${id.slice(0, 4)}`, 1],
    ] as const) {
      const { stage } = scene({ answer });
      expect(await run(stage.session, id, yes({ yes: false }))).toBe(code);
      expect(uploads(stage)).toHaveLength(code === 0 ? 1 : 0);
      expect(stage.asked).toEqual(['Approve as alice? Type the first 4 digits of the id: ']);
    }
  });

  test('where nobody can be asked, --yes is needed', async () => {
    const { stage, id } = scene();
    await expect(run(stage.session, id, yes({ yes: false }))).rejects.toMatchObject({ code: 'USAGE', field: 'yes' });
    expect(uploads(stage)).toEqual([]);
  });

  test('Ctrl-C at the question leaves nothing', async () => {
    const { stage, id } = scene();
    const session = { ...stage.session, ask: async () => void stage.interrupt.abort() as undefined };
    await expect(run(session, id, yes({ yes: false }))).rejects.toMatchObject({ name: 'Interrupted' });
    expect(uploads(stage)).toEqual([]);
    expect(stage.left).toEqual([]);
  });
});

describe('what cannot be approved', () => {
  test('an unknown request', async () => {
    const { stage } = scene();
    await expect(run(stage.session, 'deadbeef', yes())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an expired one', async () => {
    const { stage, id } = scene();
    stage.clock.time = NOW + 3_600_000;
    await expect(run(stage.session, id, yes())).rejects.toMatchObject({ code: 'EXPIRED', field: 'validUntil' });
  });

  test('one that is submitted or decided', async () => {
    const submitted = scene();
    submitted.stage.storage.put('lab-results', submittedObject(submitted.id), {
      id: submitted.id,
      wallet: 'treasury',
      chainId: '31337',
      from: WALLET_ADDRESS,
      nonce: '0',
      transactionHashes: [`0x${'1'.repeat(64)}`],
      approvedBy: ['bob', 'carol'],
      seal: 's',
    });
    await expect(run(submitted.stage.session, submitted.id, yes())).rejects.toMatchObject({
      code: 'SHARE_LATE',
      message: 'the request is signed and submitted already',
    });
    const decided = scene();
    decided.stage.storage.put('lab-results', outcomeObject(decided.id), {
      id: decided.id,
      wallet: 'treasury',
      outcome: 'rejected',
      code: 'REJECTED',
      reason: '',
      transactionHash: '',
      blockNumber: '',
      receipt: '',
    });
    await expect(run(decided.stage.session, decided.id, yes())).rejects.toMatchObject({
      code: 'SHARE_LATE',
      message: 'the request is rejected already',
    });
  });

  test('one that the caller rejected, or whose law denies it, or by a stranger', async () => {
    const rejected = scene();
    rejected.stage.storage.put('lab-keys', `alice/rejections/${rejected.id}`, {});
    await expect(run(rejected.stage.session, rejected.id, yes())).rejects.toMatchObject({ code: 'REJECTED' });
    const big = scene();
    const id = big.stage.accept(requestOf({ value: '11000000000000000000' }));
    await expect(run(big.stage.session, id, yes())).rejects.toMatchObject({ code: 'POLICY_DENIED', field: 'value' });
    for (const me of [undefined, 'dapp']) {
      const { stage, id: known } = scene({ me });
      await expect(run(stage.session, known, yes())).rejects.toMatchObject({ code: 'USAGE', field: 'as' });
    }
  });
});

describe('approving again', () => {
  test('is the same as approving once', async () => {
    const { stage, id } = scene();
    const options = yes();
    expect(await run(stage.session, id, options)).toBe(0);
    expect(await run(stage.session, id, options)).toBe(0);
    expect(uploads(stage)).toHaveLength(1);
    expect(stage.stdout.text).toContain(
      `approved before by alice at 2026-03-01T11:59:00Z: gs://lab-keys/alice/shares/${id}; nothing was uploaded now, and no share was looked at`,
    );
  });

  test('with --again goes to the next free name, five at most', async () => {
    const { stage, id } = scene();
    for (let n = 0; n < 5; n++) expect(await run(stage.session, id, yes({ again: true }))).toBe(0);
    expect(uploads(stage)).toEqual(['', '/2', '/3', '/4', '/5'].map((end) => `lab-keys/alice/shares/${id}${end}`));
    await expect(run(stage.session, id, yes({ again: true }))).rejects.toMatchObject({ code: 'SHARE_LATE' });
  });

  test('is asked for where the first share was bad', async () => {
    const { stage, id } = scene();
    const { generation, name } = stage.storage.put('lab-keys', `alice/shares/${id}`, new Uint8Array(9));
    stage.storage.put('lab-results', badShareObject(id, 'alice', generation), {
      id,
      wallet: 'treasury',
      coSigner: 'alice',
      object: name,
      generation,
      code: 'SHARE_CIPHERTEXT',
    });
    await expect(run(stage.session, id, yes())).rejects.toMatchObject({ code: 'SHARE_CIPHERTEXT', field: 'again' });
    expect(await run(stage.session, id, yes({ again: true }))).toBe(0);
    expect(uploads(stage)).toContain(`lab-keys/alice/shares/${id}/2`);
  });
});

test('--manual prints the commands and does nothing', async () => {
  const { stage, id } = scene({ json: true });
  expect(await run(stage.session, id, { manual: true, share: "/my share's" })).toBe(0);
  expect(stage.json()).toMatchObject({
    commands: [
      `printf %s keyturn/v1/${id}/alice > aad`,
      "gcloud kms encrypt --project alice-project --location local --keyring keyturn --key release --plaintext-file '/my share'\\''s' --additional-authenticated-data-file aad --ciphertext-file share.kms",
      `gcloud storage cp --if-generation-match=0 share.kms gs://lab-keys/alice/shares/${id}`,
      'rm aad share.kms',
    ],
  });
  expect(stage.encrypted).toEqual([]);
  expect(uploads(stage)).toEqual([]);
});

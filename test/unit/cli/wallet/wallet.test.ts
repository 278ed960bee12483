import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CliContext } from '#cli/app/cli-context.ts';
import { failureOf } from '#cli/app/failure.ts';
import { run as approve } from '#cli/commands/approve.ts';
import { create, type MakeOptions, SPOKEN } from '#cli/commands/wallet-make.ts';
import { verify } from '#cli/commands/wallet-verify.ts';
import { readKeystore } from '#cli/request/keystore.ts';
import { homeAad, homeKeyOf, keyOf, pairsOf } from '#cli/wallet/ceremony.ts';
import { readSecretFile } from '#cli/wallet/secret-file.ts';
import { changesIn } from '#cli/wallet/wallet-draft.ts';
import { addressOfKey } from '#core/shares/address.ts';
import { combineShares } from '#core/shares/shares.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { parseConfigText } from '#schemas/config-text.ts';
import { parseShareText } from '#schemas/share-text.ts';
import { lineOf } from '#test/support/cli/command-line.ts';
import { configOf, LAB, lawJson, requestOf, shareLine, stageOf, WALLET_ADDRESS } from '#test/support/cli/people.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-wallet-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const DRAFT = {
  name: 'payroll',
  chains: [{ chainId: '31337', startNonce: '0' }],
  threshold: 2,
  holders: ['alice', 'bob', 'carol'].map((coSigner, i) => ({ coSigner, index: i + 1 })),
  policy: { rules: [{ name: 'any', effect: 'allow', destinations: ['*'], maxValueWei: '1000' }] },
};

const operations = JSON.parse(JSON.stringify(configOf().operations));

/** A keyturn.json with the made wallet of the support file, and what is given. */
const write = (over: Record<string, unknown> = {}, extra: unknown[] = [DRAFT]): string => {
  const law = lawJson(over);
  const wallets = [...(Array.isArray(law.wallets) ? law.wallets : []), ...extra];
  const path = join(folder, 'keyturn.json');
  writeFileSync(path, `${JSON.stringify({ law: { ...law, wallets }, operations }, null, 2)}\n`);
  return path;
};

const LOCKED = { register: { projectNumber: '2', lock: 'required', retentionSeconds: 864_000 } };

const worldOf = (stdin?: Uint8Array) => {
  const stage = stageOf({ lab: undefined, json: true, ...(stdin === undefined ? {} : { stdin }) });
  const world: CliContext = {
    ...stage.session,
    folder,
    typed: './keyturn',
    open: async () => stage.session.deployment,
    connect: async () => stage.session.ports,
    left: '',
    graceMs: 0,
    exitCode: 0,
  };
  return { stage, world };
};

const make = (
  options: MakeOptions,
  over: { key?: string; stdin?: Uint8Array; name?: string; world?: CliContext } = {},
) => create(over.world ?? worldOf(over.stdin).world, 'keyturn.json', over.name ?? 'payroll', options, over.key);

const hex = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('refuses', () => {
  test.each<[string, MakeOptions, string]>([
    ['no place for a share', {}, "where does alice's share go?"],
    ['a place for nobody', { share: ['dave=x'], out: 's' }, '--share: dave is no holder of payroll'],
    ['a home key for nobody', { homeKey: ['dave=x'], out: 's' }, '--home-key: dave is no holder'],
    ['no pair', { share: ['alice'] }, '--share: must be HOLDER=VALUE'],
    ['a pair twice', { share: ['alice=a', 'alice=b'] }, '--share: alice is given twice'],
    ['another threshold than the law', { threshold: '3', out: 's' }, '--threshold: the law says 2'],
    ['other holders than the law', { holders: 'alice', out: 's' }, '--holders: the law names'],
    ['a place that is not there', { share: ['alice=gone/a'], out: 's' }, "where alice's share is to go, is not there"],
    ['one file for two', { share: ['alice=a', 'bob=./a'], out: 's', iKnow: true }, 'two shares would go to'],
  ])('%s', async (_, options, words) => {
    const before = readFileSync(write(), 'utf8');
    await expect(make(options)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(words) });
    expect(readFileSync(join(folder, 'keyturn.json'), 'utf8')).toBe(before);
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('share'))).toEqual([]);
  });

  test('shares in clear in one folder, unless one says so, or the law is that of a lab', async () => {
    write(LOCKED);
    await expect(make({ out: 's' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the shares of alice and bob would lie together'),
    });
    expect(await make({ out: 's', iKnow: true })).toBe(0);
    write();
    expect(await make({ out: 'lab' })).toBe(0);
  });

  test('to write over a share, and leaves it as it is', async () => {
    const before = readFileSync(write(), 'utf8');
    mkdirSync(join(folder, 's'));
    writeFileSync(join(folder, 's', 'payroll-bob.share'), 'mine');
    await expect(make({ out: 's' })).rejects.toMatchObject({ message: expect.stringContaining('is there already') });
    expect(readdirSync(join(folder, 's'))).toEqual(['payroll-bob.share']);
    expect(readFileSync(join(folder, 's', 'payroll-bob.share'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'keyturn.json'), 'utf8')).toBe(before);
  });

  test('a wallet whose key is made', async () => {
    write();
    await expect(make({ out: 's' }, { name: 'treasury' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`made already (${WALLET_ADDRESS})`),
    });
  });

  test('a law that would not be valid, before anything is written', async () => {
    write({}, [{ ...DRAFT, holders: [{ coSigner: 'dave', index: 1 }], threshold: 1 }]);
    await expect(make({ out: 's' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('dave is no co-signer'),
    });
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  test('a new wallet without a threshold', async () => {
    write();
    await expect(make({ out: 's' }, { name: 'fresh' })).rejects.toMatchObject({
      message: expect.stringContaining('--threshold must be given'),
    });
    await expect(make({ out: 's', threshold: '4' }, { name: 'fresh' })).rejects.toMatchObject({
      message: expect.stringContaining('4 of 3 cannot be'),
    });
  });

  test('a lab that runs', async () => {
    write();
    writeFileSync(join(folder, 'dev.json'), JSON.stringify({ ready: true, config: join(folder, 'keyturn.json') }));
    const { world } = worldOf();
    await expect(create(world, 'dev.json', 'payroll', { out: 's' }, undefined)).rejects.toMatchObject({
      code: 'USAGE',
      field: 'config',
    });
  });

  test('the file was changed meanwhile: the shares are taken back', async () => {
    const path = write();
    const { world, stage } = worldOf();
    const encrypter = {
      encrypt: async () => {
        writeFileSync(path, readFileSync(path, 'utf8').replace('"1000"', '"2000"'));
        return bytesOf('ciphertext');
      },
    };
    const meddling = { ...world, connect: async () => ({ ...stage.session.ports, encrypter: async () => encrypter }) };
    await expect(make({ home: true, out: 's' }, { world: meddling })).rejects.toMatchObject({
      message: expect.stringContaining('was changed meanwhile'),
    });
    expect(readdirSync(join(folder, 's'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['keyturn.json', 's']);
  });

  test('KMS fails for the third holder: no share is left behind', async () => {
    const before = readFileSync(write(), 'utf8');
    const { world, stage } = worldOf();
    let calls = 0;
    const encrypter = {
      encrypt: async () => {
        if (++calls === 3) throw new KeyturnError('PERMISSION_DENIED', 'no');
        return bytesOf('ciphertext');
      },
    };
    const failing = { ...world, connect: async () => ({ ...stage.session.ports, encrypter: async () => encrypter }) };
    await expect(make({ home: true, out: 's' }, { world: failing })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(readdirSync(join(folder, 's'))).toEqual([]);
    expect(readFileSync(join(folder, 'keyturn.json'), 'utf8')).toBe(before);
  });
});

describe('wallet create', () => {
  test('any two shares make the key of the address that the law now names', async () => {
    const path = write();
    const { world, stage } = worldOf();
    expect(await make({ out: 's' }, { world })).toBe(0);
    const { law, lawHash } = parseConfigText(readFileSync(path, 'utf8'));
    const wallet = law.wallets.find(({ name }) => name === 'payroll');
    const shares = ['alice', 'bob', 'carol'].map((name) =>
      parseShareText(new Uint8Array(readFileSync(join(folder, 's', `payroll-${name}.share`)))),
    );
    for (const pair of [
      [0, 1],
      [1, 2],
      [0, 2],
    ])
      expect(
        addressOfKey(
          combineShares(
            pair.flatMap((i) => shares[i] ?? []),
            wallet?.commitments ?? [],
          ),
        ),
      ).toBe(wallet?.address);
    expect(shares.map(({ index, epoch }) => [index, epoch])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(stage.json()).toMatchObject({
      ok: true,
      address: wallet?.address,
      lawHash,
      spoken: SPOKEN,
      imported: false,
    });
    for (const name of readdirSync(join(folder, 's')))
      expect(statSync(join(folder, 's', name)).mode & 0o777).toBe(0o600);
  });

  test('changes nothing else in the file, and says what it changes', async () => {
    const path = write();
    const before = JSON.parse(readFileSync(path, 'utf8'));
    const { world, stage } = worldOf();
    await make({ out: 's' }, { world });
    const text = readFileSync(path, 'utf8');
    const after = JSON.parse(text);
    expect(text).toBe(`${JSON.stringify(after, null, 2)}\n`);
    const { address, commitments, epoch, ...rest } = after.law.wallets[1];
    expect({ ...after, law: { ...after.law, wallets: [after.law.wallets[0], rest] } }).toEqual(before);
    expect(stage.json()).toMatchObject({
      changes: [
        `law.wallets.payroll.address: (nothing) → "${address}"`,
        `law.wallets.payroll.epoch: (nothing) → ${epoch}`,
        `law.wallets.payroll.commitments: (nothing) → ${JSON.stringify(commitments)}`,
      ],
    });
  });

  test('two runs make two keys', async () => {
    const address = async () => {
      const path = write();
      await make({ share: ['alice=a', 'bob=b', 'carol=c'] });
      for (const name of ['a', 'b', 'c']) rmSync(join(folder, name));
      return parseConfigText(readFileSync(path, 'utf8')).law.wallets[1]?.address;
    };
    expect(await address()).not.toBe(await address());
  });

  test('for holders at home: encrypted, bound to wallet, holder and epoch, nothing in clear on the disk', async () => {
    write(LOCKED);
    const { world, stage } = worldOf();
    const homeKey = 'projects/b/locations/l/keyRings/r/cryptoKeys/k';
    expect(await make({ home: true, homeKey: [`bob=${homeKey}`], out: 's' }, { world })).toBe(0);
    expect(stage.encrypted.map(({ key, aad }) => [key, aad])).toEqual([
      ['projects/alice-project/locations/local/keyRings/keyturn/cryptoKeys/home', 'keyturn/v1/home/payroll/alice/1'],
      [homeKey, 'keyturn/v1/home/payroll/bob/1'],
      ['projects/carol-project/locations/local/keyRings/keyturn/cryptoKeys/home', 'keyturn/v1/home/payroll/carol/1'],
    ]);
    expect(stage.encrypted[1]?.plaintext).toMatch(/^keyturn-share\/v1\/payroll\/1\/2\/[0-9a-f]{64}$/);
    expect(readdirSync(join(folder, 's')).map((name) => readFileSync(join(folder, 's', name), 'utf8'))).toEqual([
      'ciphertext 1',
      'ciphertext 2',
      'ciphertext 3',
    ]);
  });

  test('a wallet that the law does not have: from the options, and a policy that allows nothing', async () => {
    const path = write({}, []);
    const { world, stage } = worldOf();
    expect(await make({ threshold: '1', holders: 'bob,alice', out: 's' }, { name: 'fresh', world })).toBe(0);
    expect(stage.json()).toMatchObject({
      warnings: [expect.stringMatching(/^threshold 1: each share is the whole key/)],
    });
    expect(parseConfigText(readFileSync(path, 'utf8')).law.wallets[1]).toMatchObject({
      name: 'fresh',
      threshold: 1,
      holders: [
        { coSigner: 'bob', index: 1 },
        { coSigner: 'alice', index: 2 },
      ],
      policy: { rules: [{ name: 'nothing-yet', effect: 'deny', destinations: ['*'] }] },
    });
  });

  test('one of two drafts: says that the law is not whole yet, and shows no hash', async () => {
    write({}, [DRAFT, { ...DRAFT, name: 'second' }]);
    const { world, stage } = worldOf();
    await make({ out: 's' }, { world });
    expect(stage.json()).toMatchObject({ ok: true, lawHash: null, unfinished: ['second'], warnings: [] });
  });

  test('holders with indices that leave some out', async () => {
    const path = write({}, [
      {
        ...DRAFT,
        holders: [
          { coSigner: 'alice', index: 2 },
          { coSigner: 'carol', index: 5 },
        ],
      },
    ]);
    expect(await make({ out: 's' })).toBe(0);
    expect(readdirSync(join(folder, 's'))).toEqual(['payroll-alice.share', 'payroll-carol.share']);
    const share = parseShareText(new Uint8Array(readFileSync(join(folder, 's', 'payroll-carol.share'))));
    expect(share.index).toBe(5);
    expect(parseConfigText(readFileSync(path, 'utf8')).law.wallets[1]?.holders).toHaveLength(2);
  });

  test('people are told plainly who holds the key', async () => {
    write();
    const stage = stageOf({ lab: undefined });
    const { world } = worldOf();
    await make({ out: 's' }, { world: { ...world, out: stage.session.out } });
    expect(stage.stdout.text).toContain('While this ceremony runs, the person who runs it holds the key');
    expect(stage.stdout.text).toContain("The law's hash is now ");
    expect(stage.stdout.text).not.toMatch(/keyturn-share/);
  });
});

describe('wallet import', () => {
  const KEY = hex(9);

  test('the address is that of the key, from standard input', async () => {
    const path = write();
    const { world, stage } = worldOf(bytesOf(` 0x${KEY.toUpperCase()}\n`));
    expect(await make({ out: 's' }, { world, key: '-' })).toBe(0);
    const address = addressOfKey(new Uint8Array(32).fill(9));
    expect(parseConfigText(readFileSync(path, 'utf8')).law.wallets[1]?.address).toBe(address);
    expect(stage.json()).toMatchObject({ imported: true, address, warnings: [] });
  });

  test('says where the chain is ahead of startNonce', async () => {
    write({}, [{ ...DRAFT, chains: [{ chainId: '31337', startNonce: '3' }] }]);
    const { world, stage } = worldOf(bytesOf(KEY));
    await make({ out: 's' }, { world, key: '-' });
    expect(stage.json()).toMatchObject({ warnings: [expect.stringContaining('startNonce must be "0"')] });
  });

  test('from a file that only its owner may read', async () => {
    write();
    const file = join(folder, 'old.key');
    writeFileSync(file, KEY);
    chmodSync(file, 0o644);
    await expect(make({ out: 's' }, { key: 'old.key' })).rejects.toMatchObject({
      code: 'USAGE',
      field: 'key',
      message: expect.stringContaining('others on this machine may read'),
    });
    chmodSync(file, 0o600);
    expect(await make({ out: 's' }, { key: 'old.key' })).toBe(0);
  });

  test.each(['', 'zz', KEY.slice(2), `${KEY}00`, `0x0x${KEY}`, 'g'.repeat(64), hex(0), 'f'.repeat(64)])(
    'refuses the key %j and does not repeat it',
    async (text) => {
      write();
      const error = await make({ out: 's' }, { key: '-', stdin: bytesOf(text) }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'USAGE', field: 'key' });
      if (text.length > 10) expect(JSON.stringify(error instanceof Error ? error.message : '')).not.toContain(text);
      expect(existsSync(join(folder, 's'))).toBe(false);
    },
  );

  test('refuses a key that is not that of the address in the draft', async () => {
    write({}, [{ ...DRAFT, address: WALLET_ADDRESS }]);
    await expect(make({ out: 's' }, { key: '-', stdin: bytesOf(hex(9)) })).rejects.toMatchObject({ code: 'WRONG_KEY' });
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  test('wipes what it read', () => {
    const text = bytesOf(KEY);
    expect(keyOf(text)).toEqual(new Uint8Array(32).fill(9));
    expect(text.every((byte) => byte === 0)).toBe(true);
  });
});

test.each(['create', 'import'])('the help of wallet %s says where --i-know is not asked for', async (command) => {
  const { code, stdout } = await lineOf(['wallet', command, '--help']);
  expect(code).toBe(0);
  expect(stdout.replace(/\s+/g, ' ')).toContain('not asked for where the register has lock "off", as in a lab');
});

describe('wallet verify', () => {
  const check = (line: Uint8Array, options: { as?: string; wallet?: string; me?: string } = {}) => {
    const stage = stageOf({ lab: undefined, me: options.me, json: true, stdin: line });
    const { wallet } = options;
    return { stage, done: verify(stage.session, '-', { as: options.as, ...(wallet === undefined ? {} : { wallet }) }) };
  };

  test.each<[string, Uint8Array, { as?: string; wallet?: string }, string]>([
    ['no share', bytesOf('hello'), {}, 'SHARE_TEXT'],
    ['another wallet', shareLine(1, { wallet: 'other' }), {}, 'UNKNOWN_WALLET'],
    [
      'another wallet than the one asked for',
      shareLine(1, { wallet: 'other' }),
      { wallet: 'treasury' },
      'SHARE_OTHER_WALLET',
    ],
    ['an old epoch', shareLine(1, { epoch: 2 }), {}, 'SHARE_OTHER_EPOCH'],
    ['that of another', shareLine(1), { as: 'bob' }, 'SHARE_OTHER_INDEX'],
    ['a scalar at the wrong index', shareLine(1, { as: 2 }), {}, 'SHARE_WRONG'],
    ['an index of nobody', shareLine(1, { as: 9 }), {}, 'SHARE_UNKNOWN_CO_SIGNER'],
  ])('%s', async (_, line, options, code) => {
    await expect(check(line, options).done).rejects.toMatchObject({ code });
    expect(line.every((byte) => byte === 0)).toBe(true);
  });

  test('a good one: whose it is, and nothing of it', async () => {
    const { stage, done } = check(shareLine(2));
    expect(await done).toBe(0);
    expect(stage.json()).toMatchObject({ ok: true, coSigner: 'bob', index: 2, address: WALLET_ADDRESS });
    expect(stage.stdout.text).not.toMatch(/[0-9a-f]{64}\/|keyturn-share/);
  });

  const held = (files: Readonly<Record<string, string>>) => ({
    ...LAB,
    coSigners: [{ name: 'bob', shareFile: files.treasury ?? '', shareFiles: files, tokenFile: '' }],
  });
  const filed = (name: string, line: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, line, { mode: 0o600 });
    return path;
  };

  test('without a file in a lab: every share that this person holds', async () => {
    const path = write();
    await make({ out: 's' });
    const config = parseConfigText(readFileSync(path, 'utf8'));
    const payroll = (name: string) => join(folder, 's', `payroll-${name}.share`);
    const good = { treasury: filed('t', shareLine(2)), payroll: payroll('bob') };
    const begin = (files: Readonly<Record<string, string>>) => {
      const stage = stageOf({ me: 'bob', json: true });
      const deployment = { ...stage.session.deployment, config, lab: held(files) };
      return { stage, session: { ...stage.session, deployment } };
    };
    const both = begin(good);
    expect(await verify(both.session, undefined, { as: 'bob' })).toBe(0);
    const { json } = both.stage;
    expect(json()).toMatchObject({
      ok: true,
      shares: [
        { wallet: 'treasury', index: 2 },
        { wallet: 'payroll', index: 2 },
      ],
    });

    const one = begin(good);
    expect(await verify(one.session, undefined, { as: 'bob', wallet: 'payroll' })).toBe(0);
    expect(one.stage.json()).toMatchObject({ ok: true, wallet: 'payroll' });

    const other = begin({ ...good, payroll: payroll('carol') });
    await expect(verify(other.session, undefined, { as: 'bob' })).rejects.toMatchObject({ code: 'SHARE_OTHER_INDEX' });
  });

  test('what create wrote is good', async () => {
    const path = write();
    await make({ out: 's' });
    const config = parseConfigText(readFileSync(path, 'utf8'));
    const stage = stageOf({ lab: undefined, me: undefined, json: true });
    const session = { ...stage.session, deployment: { ...stage.session.deployment, config } };
    expect(await verify(session, join(folder, 's', 'payroll-carol.share'), { as: 'carol' })).toBe(0);
  });
});

describe('a secret that is given in the place of the name of its file', () => {
  const line = new TextDecoder().decode(shareLine(1));
  const whileReading = async (read: (stage: ReturnType<typeof stageOf>) => Promise<unknown>) => {
    const stage = stageOf({ lab: undefined, json: true });
    const error = await read(stage).catch((thrown: unknown) => thrown);
    return { failure: failureOf(error), said: stage.stdout.text + stage.stderr.text };
  };

  test.each<[string, string, (given: string, stage: ReturnType<typeof stageOf>) => Promise<unknown>]>([
    ['a key, to import', hex(9), (given) => make({ out: 's' }, { key: given })],
    ['a key with 0x', `0x${hex(9).toUpperCase()}`, (given) => make({ out: 's' }, { key: given })],
    ['a share, to verify', line, (given, { session }) => verify(session, given, { as: 'alice' })],
    ['its digits, to verify', line.slice(-64), (given, { session }) => verify(session, given, { as: 'alice' })],
    [
      'a share, to approve',
      line,
      (given, stage) => approve(stage.session, stage.accept(requestOf()), { share: given, yes: true }),
    ],
    [
      'a share, to approve by gcloud',
      line,
      (given, stage) => approve(stage.session, stage.accept(requestOf()), { share: given, manual: true, yes: true }),
    ],
    ['a password', 'correct horse battery', (given) => readSecretFile(given, true, 'password')],
    ['a key, to sign with', `0x${hex(9)}`, (given) => readKeystore(given)],
  ])('is not repeated: %s', async (_, given, read) => {
    write();
    const { failure, said } = await whileReading((stage) => read(given, stage));
    expect(['NOT_FOUND', 'USAGE']).toContain(failure.code);
    expect(failure.message).toContain('give the name of the');
    const told = `${JSON.stringify(failure)}${said}`.toLowerCase();
    for (const part of [given, given.slice(-16)]) expect(told).not.toContain(part.toLowerCase());
  });

  test('but a name that is wrong is', async () => {
    const { failure } = await whileReading(() => readSecretFile('/media/stick/alice.share', true, 'share'));
    expect(failure).toMatchObject({
      code: 'NOT_FOUND',
      message: 'the share file /media/stick/alice.share cannot be read',
    });
  });
});

test('homes and pairs', () => {
  const [alice] = configOf().law.coSigners;
  expect(alice && homeKeyOf(alice)).toBe('projects/alice-project/locations/local/keyRings/keyturn/cryptoKeys/home');
  expect(homeAad('w', 'alice', 3)).toBe('keyturn/v1/home/w/alice/3');
  expect([...pairsOf(['a=b=c'], '--x')]).toEqual([['a', 'b=c']]);
});

test('changes in words', () => {
  expect(changesIn({ a: 1, b: [{ name: 'x', v: 1 }] }, { a: 1, b: [{ name: 'x', v: 2 }], c: [1] })).toEqual([
    'law.b.x.v: 1 → 2',
    'law.c: (nothing) → [1]',
  ]);
});

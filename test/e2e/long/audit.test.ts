import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Files, lawFile, MANIFEST, manifestOf, SIGNED } from '#cli/audit/bundle.ts';
import { readFolder, writeFolder } from '#cli/audit/folder.ts';
import { auditBundle, CHECKS, failedIn, isJudged, type Trust } from '#cli/audit/judge.ts';
import { remembering } from '#cli/audit/memory.ts';
import { rootFrom } from '#cli/audit/token.ts';
import { OWNER } from '#local/lab/people.ts';
import { canonicalBytes, type Json, sha256Hex } from '#schemas/canonical.ts';
import { bucketsOf } from '#schemas/names.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { commandLine } from '../support/operators.ts';
import { payee } from '../support/requests.ts';

let test: TestLab;
let folder = '';
let root = '';
let id = '';
let image = '';
let files: Files;
/**
 * With the sums rewritten, each flip costs an audit. Of entries of the register every seventh byte is tried, since each of these costs a
 * signature too. Of all other files it is every byte.
 */
const strideOf = (name: string): number => (name.startsWith('register/') ? 7 : 1);
const memory = remembering();
let keyturn: ReturnType<typeof commandLine>;

beforeAll(async () => {
  test = await startTestLab();
  keyturn = commandLine(test);
  folder = mkdtempSync(join(tmpdir(), 'keyturn-audit-'));
  root = join(folder, 'root.pem');
  writeFileSync(root, test.lab.servers.verifier.rootPem);
  // Two, so that the second has a seal and perhaps a transaction before it.
  for (const reference of ['audit-1', 'audit-2']) {
    id = await test.ask({ to: payee(8), reference });
    await test.approve('alice', id);
    await test.approve('bob', id);
    await test.outcome(id);
  }
  await test.until('the law to be kept', () => test.read('results', `laws/${test.lab.config.lawHash}.json`));
  const made = await keyturn('audit', id, '--export', join(folder, 'out'));
  expect(made, JSON.stringify(made)).toMatchObject({ code: 0 });
  const exported = await readFolder(join(folder, 'out', id));
  const { bytes } = test.lab.servers.store.read(OWNER, bucketsOf('lab').signed, `${id}.json`);
  const whole = new Map(exported).set(SIGNED, bytes);
  // What only their holders may add, each the own one.
  for (const { name, generation, bytes: ciphertext } of ciphertextsOf(exported))
    whole.set(`shares/${name}.${generation}`, ciphertext);
  files = whole.set(MANIFEST, manifestOf(id, whole));
  const { checks } = (await keyturn('audit', '--bundle', join(folder, 'out', id), '--root', root)).json;
  const said = (checks as { name: string; because: string }[]).find(({ name }) => name === 'image')?.because;
  image = /sha256:[0-9a-f]{64}$/.exec(said ?? '')?.[0] ?? '';
  trust = { root: rootFrom(readFileSync(root)), image };
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await test.close();
}, 30_000);

interface SealJson {
  readonly items: readonly { id: string; approvals: { coSigner: string; object: string; generation: string }[] }[];
}
/** The ciphertexts that the seal of the second payment names, as they lie in the key bucket. */
const ciphertextsOf = (exported: Files) => {
  const entries = [...exported].filter(([name]) => name.startsWith('register/'));
  const seals = entries.map(([, bytes]) => JSON.parse(Buffer.from(bytes).toString('utf8')) as SealJson);
  const approvals = seals.flatMap(({ items }) => items.flatMap((item) => (item.id === id ? item.approvals : [])));
  return approvals.map(({ coSigner, object, generation }) => {
    const { bytes } = test.lab.servers.store.read(OWNER, bucketsOf('lab').keys, object);
    return { name: coSigner, generation, bytes };
  });
};

/** All but the ciphertexts. */
const jsonFiles = (): Files => new Map([...files].filter(([name]) => !name.startsWith('shares/')));

/** The same bundle with one file in another form, and its sums rewritten to fit. */
const withFile = (name: string, bytes: Uint8Array): Files => {
  const changed = new Map(files).set(name, bytes);
  return name === MANIFEST ? changed : changed.set(MANIFEST, manifestOf(id, changed));
};
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
let trust: Trust;
const audited = async (changed: Files): Promise<readonly string[]> => {
  const checks = await auditBundle(changed, trust, memory);
  expect(checks.map(({ name }) => name)).toEqual([...CHECKS]);
  return failedIn(checks);
};

/** Every JSON value with one leaf changed, and where that leaf is. */
const mutants = (value: unknown, at = ''): readonly (readonly [string, unknown])[] => {
  if (Array.isArray(value)) {
    const within = value.flatMap((each, n) =>
      mutants(each, `${at}[${n}]`).map(([where, made]) => [where, value.with(n, made)] as const),
    );
    return value.length === 0 ? [[at, ['x']]] : [...within, [`${at} shorter`, value.slice(1)]];
  }
  if (typeof value === 'object' && value !== null) {
    const within = Object.entries(value).flatMap(([name, each]) =>
      mutants(each, `${at}.${name}`).map(([where, made]) => [where, { ...value, [name]: made }] as const),
    );
    const [first = ''] = Object.keys(value);
    const { [first]: _, ...less } = value as Record<string, unknown>;
    return [...within, [`${at} more`, { ...value, more: 'x' }], [`${at} less`, less]];
  }
  if (typeof value === 'string') return [...stringMutants(value)].map((made) => [at, made] as const);
  if (typeof value === 'number') return [[at, value + 1]];
  return [[at, typeof value === 'boolean' ? !value : 'x']];
};
const OTHERS: Readonly<Record<string, string>> = {
  finalized: 'reverted',
  'trusted-node': 'quorum',
  no: 'yes',
  yes: 'no',
};
const stringMutants = (text: string): ReadonlySet<string> => {
  const turned = /[0-9a-f]$/.test(text) ? text.replace(/.$/, (last) => (last === '0' ? '1' : '0')) : `${text}0`;
  return new Set([turned, OTHERS[text] ?? `${text}1`]);
};

describe('threat 80: a bundle of a real run', () => {
  it('passes offline, and says what cannot be checked there', async () => {
    const ran = await keyturn('audit', '--bundle', join(folder, 'out', id), '--root', root, '--image', image);
    expect(ran, ran.out).toMatchObject({ code: 0, json: { ok: true, failed: [] } });
    const open = (ran.json.checks as { name: string; result: string; because: string }[]).filter(
      ({ result }) => result === 'unchecked',
    );
    expect(open.map(({ name }) => name)).toEqual(['ciphertexts', 'rungs', 'finality']);
    expect(open.find(({ name }) => name === 'ciphertexts')?.because).toContain('2 of 2 are not in the bundle');
    expect(ran.json.root).toContain("not Google's");
    // With the signed bytes, which their owner may add, every rung is checked.
    expect(await audited(files)).toEqual([]);
  });

  it('is believed up to no other root, and of no other image', async () => {
    const google = await keyturn('audit', '--bundle', join(folder, 'out', id));
    expect(google).toMatchObject({ code: 1, json: { ok: false, failed: ['token'] } });
    const other = await keyturn('audit', id, '--root', root, '--image', `sha256:${'0'.repeat(64)}`);
    expect(other).toMatchObject({ code: 1, json: { failed: ['image'] } });
  });

  it('is checked without files too, with the same result', async () => {
    const ran = await keyturn('audit', id.slice(0, 12), '--root', root, '--image', image);
    expect(ran, ran.out).toMatchObject({ code: 0, json: { ok: true, id, failed: [] } });
  });

  it('any flipped byte of any file fails a check', async () => {
    const passed: string[] = [];
    for (const [name, bytes] of files)
      for (let at = 0; at < bytes.length; at++)
        if ((await audited(new Map(files).set(name, flipped(bytes, at)))).length === 0) passed.push(`${name} ${at}`);
    expect(passed).toEqual([]);
  }, 120_000);

  it('a flipped byte fails a check, also where the sums were rewritten to fit', async () => {
    const passed: string[] = [];
    for (const [name, bytes] of files)
      for (let at = 0; at < bytes.length && name !== MANIFEST; at += strideOf(name))
        if ((await audited(withFile(name, flipped(bytes, at)))).length === 0) passed.push(`${name} ${at}`);
    expect(passed).toEqual([]);
  }, 600_000);

  it('any single field of any file, with the sums rewritten to fit, fails a check', async () => {
    const passed: string[] = [];
    let tried = 0;
    for (const [name, bytes] of jsonFiles())
      for (const [where, made] of mutants(JSON.parse(Buffer.from(bytes).toString('utf8')))) {
        tried++;
        const failed = await audited(withFile(name, canonicalBytes(made as Json)));
        if (failed.length === 0) passed.push(`${name}${where}`);
      }
    expect(passed).toEqual([]);
    expect(tried).toBeGreaterThan(400);
  }, 240_000);

  it('names a ciphertext that is not there as one that cannot be checked, and takes no other in its place', async () => {
    const [name = '', second = ''] = [...files.keys()].filter((each) => each.startsWith('shares/'));
    const less = new Map(files);
    less.delete(name);
    less.set(MANIFEST, manifestOf(id, less));
    const checks = await auditBundle(less, { root: rootFrom(readFileSync(root)), image });
    expect(checks.find((each) => each.name === 'ciphertexts')).toMatchObject({ result: 'unchecked' });
    expect(await audited(withFile(name, files.get(second) ?? new Uint8Array()))).toEqual(['ciphertexts']);
    expect(await audited(withFile('shares/mallory.1', files.get(second) ?? new Uint8Array()))).toEqual(['ciphertexts']);
  });

  it('a co-signer exports the own ciphertext too', async () => {
    const made = await keyturn('audit', id, '--export', join(folder, 'alice'), '--as', 'alice');
    expect(made, JSON.stringify(made)).toMatchObject({ code: 0 });
    const names = [...(await readFolder(join(folder, 'alice', id))).keys()];
    expect(names.filter((name) => name.startsWith('shares/')).map((name) => name.split('.')[0])).toEqual([
      'shares/alice',
    ]);
  });

  it('a law in a form that is no longer read cannot be checked, and proves nothing', async () => {
    const { lawHash } = JSON.parse(Buffer.from(files.get('receipt.json') ?? []).toString('utf8')) as Record<
      string,
      string
    >;
    const law = JSON.parse(Buffer.from(files.get(lawFile(lawHash ?? '')) ?? []).toString('utf8')) as Json;
    const old = canonicalBytes({ ...(law as Record<string, Json>), wordOfOldTimes: true });
    const changed = new Map(files);
    changed.delete(lawFile(lawHash ?? ''));
    changed.set(lawFile(sha256Hex(old)), old);
    const receipt = JSON.parse(Buffer.from(files.get('receipt.json') ?? []).toString('utf8')) as Record<string, Json>;
    changed.set('receipt.json', canonicalBytes({ ...receipt, lawHash: sha256Hex(old) }));
    changed.set(MANIFEST, manifestOf(id, changed));
    const checks = await auditBundle(changed, { root: rootFrom(readFileSync(root)), image });
    expect(checks.find(({ name }) => name === 'law')).toMatchObject({ result: 'unchecked' });
    expect([failedIn(checks), isJudged(checks)]).toEqual([[], false]);
    const target = join(folder, 'old');
    await writeFolder(target, changed);
    expect(await keyturn('audit', '--bundle', target, '--root', root)).toMatchObject({ code: 1, json: { ok: false } });
  });

  it('fails where a file is missing or too many', async () => {
    for (const name of files.keys()) {
      const less = new Map(files);
      less.delete(name);
      expect(await audited(less), name).toEqual(['bundle']);
    }
    expect(await audited(new Map(files).set('note.txt', new Uint8Array()))).toEqual(['bundle']);
  });

  it('fails where an earlier seal is left out and the sums fit', async () => {
    const [first = ''] = [...files.keys()].filter((name) => name.includes('/999999999999.'));
    const less = new Map(files);
    less.delete(first);
    less.set(MANIFEST, manifestOf(id, less));
    expect(await audited(less)).toEqual(['chain-of-seals', 'nonces']);
  });
});

describe('the register of a wallet', () => {
  it('is whole, and each seal has evidence', async () => {
    const ran = await keyturn('audit', '--wallet', 'treasury', '--root', root);
    expect(ran, ran.out).toMatchObject({ code: 0, json: { ok: true, logs: [{ seals: 2, junk: [], missing: [] }] } });
    const unpinned = await keyturn('audit', '--wallet', 'treasury');
    expect(unpinned.code).toBe(1);
    const [log] = unpinned.json.logs as { unevidenced: string[] }[];
    expect(log?.unevidenced).toHaveLength(2);
  });
});

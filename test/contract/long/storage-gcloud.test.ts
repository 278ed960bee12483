import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import { type ServedLab, servedLab } from '../support-storage.ts';

/** gcloud is what a co-signer uploads with who has nothing of this repository: endpoint override, access token file, no network. */
const installed = spawnSync('gcloud', ['--version']).status === 0;
if (!installed) console.warn('SKIPPED: gcloud storage against the local Cloud Storage (gcloud is not installed)');

const B = 'lab-keys';
const run = promisify(execFile);

describe.skipIf(!installed)('gcloud storage', () => {
  let lab: ServedLab;
  let folder = '';
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const gcloud = async (caller: Caller, ...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      CLOUDSDK_CONFIG: join(folder, 'config'),
      CLOUDSDK_CORE_PROJECT: lab.world.project.id,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
      CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file('token', lab.tokenFor(caller)),
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://127.0.0.1:${lab.port}/storage/v1/`,
    };
    try {
      const { stdout, stderr } = await run('gcloud', ['storage', ...args], { env });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error)) throw error;
      return { code: Number(error.code), out: String(error.stdout), err: String(error.stderr) };
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keyturn-gcloud-'));
    lab = await servedLab({ now: Date.now() });
    lab.store.createBucket(lab.admin, B);
  });
  afterAll(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('cp, cat and ls work for a co-signer who may create, get and list, and a second cp of that name is refused', async () => {
    const alice = lab.caller('alice', 'keyturn.append', B);
    const share = file('share', Buffer.from([0, 255, 10, 13, 10]));
    expect(await gcloud(alice, 'cp', share, `gs://${B}/shares/alice`)).toMatchObject({ code: 0 });
    expect(lab.store.read(alice, B, 'shares/alice').bytes).toEqual(readFileSync(share));
    file('text', 'approved');
    expect(await gcloud(alice, 'cp', join(folder, 'text'), `gs://${B}/shares/text`)).toMatchObject({ code: 0 });
    expect(await gcloud(alice, 'cat', `gs://${B}/shares/text`)).toMatchObject({ code: 0, out: 'approved' });
    expect((await gcloud(alice, 'ls', `gs://${B}/shares/`)).out.trim().split('\n')).toEqual([
      `gs://${B}/shares/alice`,
      `gs://${B}/shares/text`,
    ]);
    const second = await gcloud(alice, 'cp', share, `gs://${B}/shares/text`);
    expect(second.code).toBe(1);
    expect(second.err).toContain('storage.objects.delete');
    expect(lab.store.read(alice, B, 'shares/text').bytes.toString()).toBe('approved');
  });

  it('cp with nothing but create stops at its own look before: the upload is never sent', async () => {
    const bob = lab.caller('bob', 'roles/storage.objectCreator', B);
    const refused = await gcloud(bob, 'cp', file('share', 'x'), `gs://${B}/shares/bob`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('storage.objects.get')]);
    expect(lab.store.list(lab.admin, B, { prefix: 'shares/bob' }).items).toEqual([]);
  });

  it('cp --if-generation-match=0 creates once', async () => {
    const text = file('once', 'x');
    expect(await gcloud(lab.admin, 'cp', text, `gs://${B}/once`, '--if-generation-match=0')).toMatchObject({ code: 0 });
    const second = await gcloud(lab.admin, 'cp', text, `gs://${B}/once`, '--if-generation-match=0');
    expect([second.code, second.err]).toEqual([1, expect.stringContaining('pre-conditions')]);
  });

  it('a large file goes up resumably and comes down the same', async () => {
    const bytes = Buffer.alloc(9 * 1024 * 1024, 'keyturn ');
    expect(await gcloud(lab.admin, 'cp', file('large', bytes), `gs://${B}/large`)).toMatchObject({ code: 0 });
    expect(await gcloud(lab.admin, 'cp', `gs://${B}/large`, join(folder, 'down'))).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'down')).equals(bytes)).toBe(true);
  });

  it('buckets are created, filled by rsync, emptied and removed, each at the first try', async () => {
    mkdirSync(join(folder, 'tree', 'below'), { recursive: true });
    file('tree/a', '1');
    file('tree/below/b', '2');
    const made = 'gs://lab-made';
    expect(await gcloud(lab.admin, 'buckets', 'create', made)).toMatchObject({ code: 0 });
    expect(await gcloud(lab.admin, 'rsync', '-r', join(folder, 'tree'), made)).toMatchObject({ code: 0 });
    expect(lab.store.list(lab.admin, 'lab-made').items.map(({ name }) => name)).toEqual(['a', 'below/b']);
    expect(
      await gcloud(lab.admin, 'cp', '--gzip-in-flight-all', file('z', 'zipped on its way'), `${made}/z`),
    ).toMatchObject({ code: 0 });
    expect(lab.store.read(lab.admin, 'lab-made', 'z').bytes.toString()).toBe('zipped on its way');
    expect(await gcloud(lab.admin, 'rm', '-r', made)).toMatchObject({ code: 0 });
    expect(lab.store.listBuckets(lab.admin, {}).items.map(({ name }) => name)).toEqual([B]);
  });

  it('an encryption key is refused, and nothing is stored', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const refused = await gcloud(lab.admin, 'cp', file('s', 'x'), `gs://${B}/s`, `--encryption-key=${key}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('x-goog-encryption')]);
    expect(lab.store.list(lab.admin, B, { prefix: 's' }).items.filter(({ name }) => name === 's')).toEqual([]);
  });

  it('ls -a shows generations, rm and mv work, buckets are described', async () => {
    expect(await gcloud(lab.admin, 'buckets', 'update', `gs://${B}`, '--versioning')).toMatchObject({ code: 0 });
    lab.store.insert(lab.admin, B, 'v', Buffer.from('1'));
    lab.store.insert(lab.admin, B, 'v', Buffer.from('2'));
    expect((await gcloud(lab.admin, 'ls', '-a', `gs://${B}/v`)).out.trim().split('\n')).toHaveLength(2);
    expect(await gcloud(lab.admin, 'mv', `gs://${B}/v`, `gs://${B}/w`)).toMatchObject({ code: 0 });
    expect(lab.store.read(lab.admin, B, 'w').bytes.toString()).toBe('2');
    expect(await gcloud(lab.admin, 'rm', `gs://${B}/w`)).toMatchObject({ code: 0 });
    expect(lab.store.list(lab.admin, B, { prefix: 'w' }).items).toEqual([]);
    const described = await gcloud(
      lab.admin,
      'buckets',
      'describe',
      `gs://${B}`,
      '--format=json(name,versioning_enabled)',
    );
    expect(JSON.parse(described.out)).toEqual({ name: B, versioning_enabled: true });
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';
import { builtinsAsValues } from '../../build/builtins.ts';
import { COMMONJS } from '../../build/commonjs.ts';
import { narrow } from '../../build/narrow.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Nothing listens there: a client that is whole comes as far as a call, and says UNAVAILABLE. */
const NOWHERE = 'http://127.0.0.1:9';

/** What functions and image construct of Google's generated clients. One that lacks what it looks up throws as soon as it is made. */
const ENTRY = `
  import { tokenFileClient } from '#adapters/identity/identity.ts';
  import { signerPort } from '#adapters/kms/sign.ts';
  import { publisherPort } from '#adapters/pubsub/pubsub.ts';
  import { machinesPort } from '#adapters/compute/compute.ts';
  import { parseConfigText } from '#schemas/config-text.ts';
  import { readFileSync } from 'node:fs';
  const { law, operations } = parseConfigText(readFileSync(0, 'utf8'));
  const authClient = tokenFileClient('token');
  const at = { projectId: 'p', authClient, endpoint: '${NOWHERE}' };
  const key = 'projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
  const ports = {
    kms: () => signerPort(at).sign(key, new Uint8Array(32)),
    pubsub: () => publisherPort(at).publish('topic', { data: new Uint8Array(1), attributes: {} }),
    compute: () => machinesPort({ law, operations, authClient, endpoint: '${NOWHERE}' }).state('us-central1-a', 'turn-hot-1'),
  };
  const said = await Promise.all(
    Object.entries(ports).map(async ([name, ask]) => {
      try {
        await ask();
        return [name, 'done'];
      } catch (error) {
        return [name, error.code ?? error.message];
      }
    }),
  );
  console.log(JSON.stringify(Object.fromEntries(said)));
  process.exit(0);
`;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-narrow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('each generated client of our bundles can be made, and makes its call', async () => {
  const [bundle] = (
    await build({
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      write: false,
      absWorkingDir: ROOT,
      stdin: { contents: ENTRY, resolveDir: ROOT, loader: 'ts' },
      banner: { js: COMMONJS },
      plugins: [narrow(ROOT), builtinsAsValues],
    })
  ).outputFiles;
  writeFileSync(join(folder, 'main.mjs'), bundle?.contents ?? '');
  writeFileSync(join(folder, 'token'), 'a-token');
  const law = plainLaw([plainWallet(splitOf(2, 3))]);
  const started = promisify(execFile)(process.execPath, ['main.mjs'], { cwd: folder, timeout: 60_000 });
  started.child.stdin?.end(JSON.stringify({ law, operations: plainOperations() }));
  const { stdout } = await started;
  expect(JSON.parse(stdout)).toEqual({ kms: 'UNAVAILABLE', pubsub: 'UNAVAILABLE', compute: 'UNAVAILABLE' });
}, 60_000);

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentLines, removeEnvironments, writeEnvironments } from '#cli/dev/environment.ts';
import { folder } from '#test/support/local/processes.ts';

const place = join(folder(), 'with a space');
const devFile = join(place, 'dev.json');
const DESCRIBED = {
  project: 'keyturn-local',
  endpoints: {
    pubsub: '127.0.0.1:1',
    pubsubRest: 'http://127.0.0.1:2',
    storage: 'http://127.0.0.1:3',
    kms: 'http://127.0.0.1:4',
    compute: 'http://127.0.0.1:5',
    sts: '',
    attestation: '',
    rpc: 'http://127.0.0.1:6',
  },
  coSigners: [
    { name: 'alice', kmsKey: '', shareLocation: '', shareFile: '', tokenFile: join(place, "alice's.token") },
    { name: 'bob', kmsKey: '', shareLocation: '', shareFile: '', tokenFile: join(place, 'bob.token') },
  ],
  tokens: { dapp: '/d', finance: '/f', operator: '/o', dev: '/v' },
};

test('each person has a file of the own, and a shell reads it whatever the folder is called', () => {
  mkdirSync(place, { recursive: true });
  writeEnvironments(devFile, DESCRIBED);
  const names = ['alice', 'bob', 'dapp', 'dev', 'finance', 'operator'].map((name) => `${name}.env`);
  expect(readdirSync(place)).toEqual(names);
  for (const name of names) expect(statSync(join(place, name)).mode & 0o077).toBe(0);
  const told = execFileSync('sh', ['-c', '. ./alice.env; env'], { cwd: dirname(devFile), env: {}, encoding: 'utf8' });
  expect(told.split('\n')).toEqual(
    expect.arrayContaining([
      `CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=${place}/alice's.token`,
      'CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=http://127.0.0.1:3/storage/v1/',
      'PUBSUB_EMULATOR_HOST=127.0.0.1:1',
      'ETH_RPC_URL=http://127.0.0.1:6',
    ]),
  );
  removeEnvironments(devFile, DESCRIBED);
  expect(readdirSync(place)).toEqual([]);
});

test('what is printed can be pasted', () => {
  expect(environmentLines(DESCRIBED, '/a b')[2]).toBe("export CLOUDSDK_AUTH_ACCESS_TOKEN_FILE='/a b'");
});

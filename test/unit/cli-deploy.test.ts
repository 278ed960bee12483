import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DeployOptions, run, type Tools } from '#cli/commands/deploy.ts';
import { runInShell } from '#cli/deploy/run-command.ts';
import { nextOf, type Step } from '#cli/deploy/steps.ts';
import { attestedMember } from '#cli/doctor/of-rights.ts';
import { writeContext } from '#cli/image-context.ts';
import type { Inspector } from '#cli/session.ts';
import type { World } from '#cli/world.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { lawJson, MemoryStorage, type Stage, stageOf } from './support-cli.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const NONE = `sha256:${'0'.repeat(64)}`;
const REPOSITORY = 'us-docker.pkg.dev/lab-project/keyturn/workload';
const operationsOf = (digest: string) => ({
  zones: ['local-a'],
  machineType: 'n2d-standard-2',
  image: `${REPOSITORY}@${digest}`,
  rpc: [{ chainId: '31337', urls: ['http://127.0.0.1:1'] }],
});

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-deploy-'));
  mkdirSync(join(folder, 'dist', 'image'), { recursive: true });
  const dockerfile = readFileSync(new URL('../../workload/Dockerfile', import.meta.url));
  writeFileSync(join(folder, 'dist', 'image', 'Dockerfile'), dockerfile);
  writeFileSync(join(folder, 'dist', 'image', 'main.js'), 'main');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(join(folder, 'dist', 'image', 'law.json'), { force: true });
});

const write = (law: unknown, digest = NONE): void =>
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law, operations: operationsOf(digest) }));

/** The cloud, as far as deploy looks at it. */
class Cloud extends MemoryStorage {
  there = false;
  tagged: string | undefined;
  accepted: string[] = [];
  hidden: string[] = [];

  override async settings() {
    if (!this.there) throw new KeyturnError('NOT_FOUND', 'no such bucket');
    return super.settings();
  }

  get inspector(): Inspector {
    const never = () => Promise.reject(new Error('deploy does not look at this'));
    return {
      schemaOf: never,
      enabledApis: never,
      bucketPolicy: never,
      identityProvider: never,
      taggedDigest: async () => this.tagged,
      keyPolicy: async (key) => {
        const name = /projects\/([a-z]+)-project/.exec(key)?.[1] ?? '';
        if (this.hidden.includes(name)) throw new KeyturnError('PERMISSION_DENIED', 'test');
        if (!this.accepted.includes(name)) return [];
        const provider = `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool-${name}/providers/keyturn`;
        return [
          { role: 'roles/cloudkms.cryptoKeyDecrypter', members: [attestedMember(provider, DIGEST)], condition: '' },
        ];
      },
    };
  }
}

interface Seen {
  readonly next: string | null;
  readonly steps: readonly {
    readonly name: string;
    readonly state: string;
    readonly seen: string;
    readonly who: string[];
    readonly commands: string[];
  }[];
}

const deploy = async (cloud: Cloud, options: DeployOptions = {}, over: Partial<Tools> = {}, json = true) => {
  const stage: Stage = stageOf({
    lab: undefined,
    json,
    ports: { storage: async () => cloud, inspector: async () => cloud.inspector },
  });
  const ran: string[] = [];
  const done: string[] = [];
  const world: World = {
    ...stage.session,
    folder,
    open: async () => stage.session.deployment,
    connect: () => stage.session.ports,
    left: '',
    graceMs: 0,
    exitCode: 0,
  };
  const tools: Tools = {
    runner: async (line) => {
      ran.push(line);
      return 0;
    },
    dist: async () => join(folder, 'dist'),
    builder: async () => ({
      dist: join(folder, 'dist'),
      build: async () => void done.push('build'),
      zip: async () => {
        done.push('zip');
        return [];
      },
    }),
    ...over,
  };
  const code = await run(world, 'keyturn.json', options, tools);
  const seen = json ? (stage.json() as Seen) : { next: null, steps: [] };
  return { code, ran, done, seen, stdout: stage.stdout.text, stderr: stage.stderr.text };
};

const draft = () => {
  const { wallets, ...law } = lawJson();
  const [made] = Array.isArray(wallets) ? wallets : [];
  const { address: _, commitments: __, ...rest } = { address: '', commitments: [], ...(made as object) };
  return { ...law, wallets: [rest] };
};

test('--dry-run and --yes exclude each other', async () => {
  write(lawJson());
  await expect(deploy(new Cloud(), { dryRun: true, yes: true })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a configuration that is wrong', async () => {
  write({ ...lawJson(), chains: [] });
  await expect(deploy(new Cloud())).rejects.toMatchObject({ code: 'CONFIG' });
});

test('walks the order, each time by looking alone', async () => {
  const cloud = new Cloud();
  const next = async () => (await deploy(cloud)).seen.next;
  write(draft());
  expect(await next()).toBe('apply without an image');
  cloud.there = true;
  expect(await next()).toBe('make the wallets');
  write(lawJson());
  expect(await next()).toBe('build');
  writeContext(join(folder, 'dist'), lawJson());
  expect(await next()).toBe('push the image');
  cloud.tagged = DIGEST;
  const pushed = (await deploy(cloud)).seen;
  expect(pushed.next).toBe('push the image');
  expect(pushed.steps[3]).toMatchObject({ seen: expect.stringContaining(`pushed as ${DIGEST}`), commands: [] });
  write(lawJson(), DIGEST);
  expect(await next()).toBe('each co-signer accepts the image');
  cloud.accepted = ['alice'];
  const waiting = (await deploy(cloud)).seen.steps[4];
  expect(waiting).toMatchObject({ state: 'todo', who: ['bob', 'carol'], seen: 'accepted by alice; not by bob, carol' });
  cloud.accepted = ['alice', 'carol'];
  expect(await next()).toBe('apply functions and operations');
  cloud.put('lab-work', 'operations.json', operationsOf(NONE));
  expect(await next()).toBe('apply functions and operations');
  cloud.put('lab-work', 'operations.json', operationsOf(DIGEST));
  expect(await next()).toBeNull();
  // Somebody changed the law: from there on again.
  write(lawJson({ limits: { maxValiditySeconds: 60 } }), DIGEST);
  expect(await next()).toBe('build');
});

test('what cannot be seen is said, and does not stop whoever is past it', async () => {
  const cloud = new Cloud();
  cloud.there = true;
  cloud.tagged = DIGEST;
  cloud.hidden = ['alice', 'bob', 'carol'];
  write(lawJson(), DIGEST);
  writeContext(join(folder, 'dist'), lawJson());
  const { seen } = await deploy(cloud);
  expect(seen.steps[4]).toMatchObject({ state: 'unknown', seen: 'cannot be seen: alice, bob, carol (ask them)' });
  expect(seen.next).toBe('each co-signer accepts the image');
  cloud.put('lab-work', 'operations.json', operationsOf(DIGEST));
  expect((await deploy(cloud)).seen.next).toBeNull();
});

describe('--yes', () => {
  const foundation = (): Cloud => {
    write(draft());
    return new Cloud();
  };

  test('without it nothing runs', async () => {
    const { ran, done } = await deploy(foundation());
    expect([...ran, ...done]).toEqual([]);
  });

  test('runs the commands of the next step, shows each, and no other', async () => {
    const { ran, stderr, code } = await deploy(foundation(), { yes: true });
    expect(ran).toEqual([
      `terraform -chdir=${join(folder, 'terraform')} init -input=false`,
      `terraform -chdir=${join(folder, 'terraform')} apply -input=false -var config=${join(folder, 'keyturn.json')}`,
    ]);
    expect(stderr).toBe(ran.map((line) => `$ ${line}\n`).join(''));
    expect(code).toBe(0);
  });

  test('stops at the first that fails', async () => {
    const ran: string[] = [];
    const runner = async (line: string) => {
      ran.push(line);
      return 127;
    };
    const { code } = await deploy(foundation(), { yes: true }, { runner });
    expect({ code, count: ran.length }).toEqual({ code: 1, count: 1 });
  });

  test('builds', async () => {
    const cloud = new Cloud();
    cloud.there = true;
    write(lawJson());
    const { done, ran } = await deploy(cloud, { yes: true });
    expect({ done, ran }).toEqual({ done: ['build', 'zip'], ran: [] });
    expect((await deploy(cloud)).seen.next).toBe('push the image');
  });

  test.each([
    ['make the wallets', draft(), NONE],
    ['each co-signer accepts the image', lawJson(), DIGEST],
  ])('leaves to others what is theirs: %s', async (name, law, digest) => {
    const cloud = new Cloud();
    cloud.there = true;
    cloud.tagged = DIGEST;
    write(law, digest);
    writeContext(join(folder, 'dist'), law);
    const { ran, done, seen, code } = await deploy(cloud, { yes: true });
    expect({ ran, done, next: seen.next, code }).toEqual({ ran: [], done: [], next: name, code: 0 });
  });
});

test('--dry-run prints every step with its commands', async () => {
  write(lawJson(), DIGEST);
  const { stdout, ran } = await deploy(new Cloud(), { dryRun: true }, {}, false);
  for (const words of ['1. todo', 'terraform -chdir', '6. todo', 'accepted_images=', 'image_digests='])
    expect(stdout).toContain(words);
  expect(ran).toEqual([]);
});

test('in a lab all is there', async () => {
  writeFileSync(join(folder, 'lab.json'), JSON.stringify({ law: lawJson(), operations: operationsOf(DIGEST) }));
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ ready: true, config: join(folder, 'lab.json') }));
  const { seen, code } = await deploy(new Cloud());
  expect({ code, seen }).toMatchObject({ code: 0, seen: { lab: true, next: null } });
});

test('the next step', () => {
  const step = (name: string, state: Step['state']): Step => ({ name, state, seen: '', who: [], commands: [] });
  const names = (...states: Step['state'][]) => nextOf(states.map((state, i) => step(`${i}`, state)))?.name;
  expect(names('done', 'done')).toBeUndefined();
  expect(names('unknown', 'todo')).toBe('0');
  expect(names('unknown', 'done', 'todo')).toBe('2');
  expect(names('todo', 'done')).toBe('0');
  expect(names('done', 'unknown')).toBe('1');
});

describe('running', () => {
  const { signal } = new AbortController();
  test('only what deploy makes', () => {
    for (const line of ['rm -rf x', 'terraformx', ' terraform apply', 'docker build .'])
      expect(() => runInShell(line, signal)).toThrow('deploy does not run');
  });

  test('gives the exit code', async () => {
    expect(await runInShell('gcloud --version >/dev/null 2>&1; exit 3', signal)).toBe(3);
  });
});

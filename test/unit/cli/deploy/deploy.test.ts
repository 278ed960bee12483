import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CliContext } from '#cli/app/cli-context.ts';
import type { Inspector } from '#cli/app/session.ts';
import { type DeployOptions, run, type Tools } from '#cli/commands/deploy.ts';
import { writeContext } from '#cli/deploy/image-context.ts';
import { isInstalled, missingPrograms, shellRunner } from '#cli/deploy/run-command.ts';
import { OPERATOR, type Step } from '#cli/deploy/step.ts';
import { nextOf } from '#cli/deploy/steps.ts';
import { ACCEPTED_FILE, digestsWith, IMAGES_FILE, readImages } from '#cli/deploy/tfvars.ts';
import { attestedMember } from '#cli/doctor/identities.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type CliHarness, lawJson, NOW, stageOf } from '#test/support/cli/people.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
import { MemoryStorage } from '#test/support/memory-storage.ts';

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
  const dockerfile = readFileSync(new URL('../../../../workload/Dockerfile', import.meta.url));
  writeFileSync(join(folder, 'dist', 'image', 'Dockerfile'), dockerfile);
  writeFileSync(join(folder, 'dist', 'image', 'main.mjs'), 'main');
  writeFileSync(join(folder, 'dist', 'image', 'signer.mjs'), 'signer');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const tf = () => join(folder, 'terraform');
beforeEach(() => {
  rmSync(join(folder, 'dist', 'image', 'law.json'), { force: true });
  rmSync(tf(), { recursive: true, force: true });
  mkdirSync(tf());
  writeFileSync(join(tf(), 'main.tf'), '# a root module');
});
const images = () => readImages(tf());

const write = (law: unknown, digest = NONE): void =>
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law, operations: operationsOf(digest) }));

/** The cloud, as far as deploy looks at it. Co-signers have projects of their own; the register lies with the operator, or with somebody else. */
class Cloud extends MemoryStorage {
  keys: string[] = ['alice', 'bob', 'carol'];
  tagged: string | undefined;
  accepted: string[] = [];
  hidden: string[] = [];
  admitted: string[] = [];
  valued = true;

  constructor() {
    super(() => NOW, []);
  }

  /** All that the operator's first apply makes. */
  ground(register = true): this {
    this.create('lab-work', 'lab-results', ...(register ? ['lab-register'] : []));
    return this;
  }

  get inspector(): Inspector {
    const never = () => Promise.reject(new Error('deploy does not look at this'));
    const pool = (name: string) =>
      `//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/${name}/providers/keyturn`;
    return {
      schemaOf: never,
      enabledApis: never,
      permissionsOf: never,
      subscription: never,
      functionsIn: never,
      userKeys: never,
      identityProvider: never,
      hasValue: async () => this.valued,
      taggedDigest: async () => this.tagged,
      policy: async (resource) => {
        const bucket = /\/buckets\/(.*)$/.exec(resource)?.[1];
        if (bucket !== undefined) {
          const members = this.admitted.includes(bucket) ? [attestedMember(pool('operator'), DIGEST)] : [];
          return [{ role: 'x', members, condition: '' }];
        }
        const name = /projects\/([a-z]+)-project/.exec(resource)?.[1] ?? '';
        if (this.hidden.includes(name)) throw new KeyturnError('PERMISSION_DENIED', 'test');
        if (!this.keys.includes(name)) throw new KeyturnError('NOT_FOUND', 'test');
        if (!this.accepted.includes(name)) return [];
        const members = [attestedMember(pool(`pool-${name}`), DIGEST)];
        return [{ role: 'roles/cloudkms.cryptoKeyDecrypter', members, condition: '' }];
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
  const stage: CliHarness = stageOf({
    lab: undefined,
    json,
    ports: { storage: async () => cloud, inspector: async () => cloud.inspector },
  });
  const ran: string[] = [];
  const done: string[] = [];
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
  const tools: Tools = {
    runner: async (line) => {
      ran.push(line);
      return 0;
    },
    has: () => true,
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
  const code = await run(world, 'keyturn.json', { terraform: 'terraform', ...options }, tools);
  const seen = json ? (stage.json() as Seen) : { next: null, steps: [] };
  return { code, ran, done, seen, stdout: stage.stdout.text, stderr: stage.stderr.text };
};

const draft = () => {
  const { wallets, ...law } = lawJson();
  const [made] = Array.isArray(wallets) ? wallets : [];
  const { address: _, commitments: __, ...rest } = { address: '', commitments: [], ...(made as object) };
  return { ...law, wallets: [rest] };
};

const step = (seen: Seen, name: string) => seen.steps.find((one) => one.name === name);

describe('is refused', () => {
  test('--dry-run with --yes', async () => {
    write(lawJson());
    await expect(deploy(new Cloud(), { dryRun: true, yes: true })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('a configuration that is wrong', async () => {
    write({ ...lawJson(), chains: [] });
    await expect(deploy(new Cloud())).rejects.toMatchObject({ code: 'CONFIG' });
  });

  test.each([
    ['a folder without Terraform', 'dist'],
    ['a folder that is not there', 'nowhere'],
    ['none, beside no *.tf', undefined],
  ])('--terraform: %s', async (_, terraform) => {
    write(lawJson());
    const options = { terraform } as DeployOptions;
    await expect(deploy(new Cloud(), options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('terraform/examples/lab'),
    });
  });

  test('an images file that somebody spoiled', async () => {
    write(lawJson());
    writeFileSync(join(tf(), IMAGES_FILE), '{"image_digests":["latest"]}');
    await expect(deploy(new Cloud())).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(IMAGES_FILE),
    });
  });
});

test('a key that signs events: its public key goes into the law after the first apply, and before the wallets', async () => {
  const cloud = new Cloud();
  cloud.keys = ['alice', 'bob', 'carol'];
  const { key } = new MemoryEventKey('events-1');
  const next = async () => (await deploy(cloud)).seen.next;
  write({ ...draft(), eventKeys: [{ ...key, publicKey: '' }] });
  expect(await next()).toBe('apply without an image');
  cloud.ground();
  const { seen } = await deploy(cloud);
  expect(seen.next).toBe('public keys of the event keys');
  expect(step(seen, 'public keys of the event keys')).toMatchObject({
    state: 'todo',
    who: ['operator'],
    seen: 'not in the law yet: events-1',
  });
  expect((await deploy(cloud, { dryRun: true }, {}, false)).stdout).toContain(
    'gcloud kms keys versions get-public-key 1 --key=events --keyring=events --location=global --project=lab-project --output-file=event-key.pem',
  );
  write({ ...draft(), eventKeys: [key] });
  expect(await next()).toBe('make the wallets');
  write({ ...lawJson(), eventKeys: [key] });
  expect(await next()).toBe('build');
});

/** The operator's own project holds the register: who applies what, from nothing to done. */
test('walks the order, each time by looking alone', async () => {
  const cloud = new Cloud();
  cloud.keys = [];
  const next = async () => (await deploy(cloud)).seen.next;
  write(draft());
  const first = (await deploy(cloud)).seen;
  expect([first.next, step(first, "co-signers' first apply")?.who]).toEqual([
    "co-signers' first apply",
    ['alice', 'bob', 'carol'],
  ]);
  cloud.keys = ['alice', 'bob', 'carol'];
  expect(await next()).toBe('apply without an image');
  cloud.ground();
  expect(await next()).toBe('make the wallets');
  write(lawJson());
  expect(await next()).toBe('build');
  writeContext(join(folder, 'dist'), lawJson());
  expect(await next()).toBe('push the image');
  cloud.tagged = DIGEST;
  const pushed = (await deploy(cloud)).seen;
  expect(pushed.next).toBe('name the image in operations.image');
  expect(step(pushed, 'name the image in operations.image')?.seen).toContain(`pushed as ${DIGEST}`);
  write(lawJson(), DIGEST);
  expect(await next()).toBe('apply with the image');
  cloud.put('lab-work', 'operations.json', operationsOf(NONE));
  cloud.admitted = ['lab-work', 'lab-register'];
  writeFileSync(join(tf(), IMAGES_FILE), JSON.stringify({ config: '../keyturn.json', image_digests: [DIGEST] }));
  expect(await next()).toBe('apply with the image');
  cloud.put('lab-work', 'operations.json', operationsOf(DIGEST));
  expect(await next()).toBe('each co-signer accepts the image');
  cloud.accepted = ['alice'];
  const waiting = step((await deploy(cloud)).seen, 'each co-signer accepts the image');
  expect(waiting).toMatchObject({ state: 'todo', who: ['bob', 'carol'], seen: 'accepted by alice; not by bob, carol' });
  cloud.accepted = ['alice', 'carol'];
  expect(await next()).toBeNull();
  // Somebody changed the law: from there on again.
  write(lawJson({ limits: { maxValiditySeconds: 60 } }), DIGEST);
  expect(await next()).toBe('build');
});

const whole = (register = true): Cloud => {
  const cloud = new Cloud().ground(register);
  cloud.tagged = DIGEST;
  cloud.admitted = ['lab-work', 'lab-register'];
  cloud.put('lab-work', 'operations.json', operationsOf(DIGEST));
  write(lawJson(), DIGEST);
  writeContext(join(folder, 'dist'), lawJson());
  writeFileSync(join(tf(), IMAGES_FILE), JSON.stringify({ config: '../keyturn.json', image_digests: [DIGEST] }));
  cloud.accepted = ['alice', 'bob', 'carol'];
  return cloud;
};

describe('is not done', () => {
  test('while the image has no role, whatever operations.json says', async () => {
    const cloud = whole();
    cloud.admitted = ['lab-work'];
    const { seen } = await deploy(cloud);
    expect([seen.next, step(seen, 'apply with the image')?.seen]).toEqual([
      'apply with the image',
      'this image has no role on lab-register',
    ]);
  });

  test('while the next plain apply would take its rights away again', async () => {
    const cloud = whole();
    rmSync(join(tf(), IMAGES_FILE));
    expect((await deploy(cloud)).seen.next).toBe('apply with the image');
  });

  test('while an RPC secret has no value', async () => {
    const cloud = whole();
    cloud.valued = false;
    const operations = {
      ...operationsOf(DIGEST),
      rpc: [{ chainId: '31337', urls: ['secret:projects/p/secrets/rpc-a'] }],
    };
    writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law: lawJson(), operations }));
    cloud.put('lab-work', 'operations.json', operations);
    const { seen } = await deploy(cloud);
    expect([seen.next, step(seen, 'values of the RPC secrets')?.commands]).toEqual([
      'values of the RPC secrets',
      ['printf %s "$URL" | gcloud secrets versions add rpc-a --project p --data-file=-'],
    ]);
  });

  test("while a register of somebody else's is not there, or does not admit the image", async () => {
    const law = lawJson({ register: { projectNumber: '2', lock: 'required', retentionSeconds: 864_000 } });
    const cloud = whole(false);
    cloud.admitted = ['lab-work'];
    write(law, DIGEST);
    writeContext(join(folder, 'dist'), law);
    const { seen } = await deploy(cloud);
    expect([seen.next, step(seen, seen.next ?? '')?.who]).toEqual([
      "the register's owner applies",
      ["the register's owner"],
    ]);
    cloud.ground();
    expect((await deploy(cloud)).seen.next).toBe("the register's owner admits the image");
  });
});

describe('what cannot be seen', () => {
  test('is said, and stops whoever is not past it', async () => {
    const cloud = whole();
    cloud.hidden = ['alice', 'bob', 'carol'];
    const { seen } = await deploy(cloud);
    expect(step(seen, 'each co-signer accepts the image')).toMatchObject({
      state: 'unknown',
      seen: 'cannot be seen: alice, bob, carol (ask them)',
    });
    expect(step(seen, "co-signers' first apply")?.state).toBe('unknown');
    expect(seen.next).toBe('each co-signer accepts the image');
    expect((await deploy(cloud, { pastUnseen: true })).seen.next).toBeNull();
  });

  test('at the beginning: the others first, unless one was told that they are done', async () => {
    write(draft());
    const cloud = new Cloud();
    cloud.hidden = ['alice', 'bob', 'carol'];
    expect((await deploy(cloud)).seen.next).toBe("co-signers' first apply");
    expect((await deploy(cloud, { pastUnseen: true })).seen.next).toBe('apply without an image');
  });
});

describe('--yes', () => {
  const foundation = (): Cloud => {
    write(draft());
    return new Cloud();
  };
  const applies = [`terraform -chdir=${'T'} init -input=false`, `terraform -chdir=${'T'} apply -input=false`];
  const inTf = (lines: readonly string[]) => lines.map((line) => line.replace('=T ', `=${tf()} `));

  test('without it nothing runs and nothing is written', async () => {
    const { ran, done } = await deploy(foundation());
    expect([...ran, ...done]).toEqual([]);
    expect(images()).toBeUndefined();
  });

  test('what has no effect is not run for ever', async () => {
    const { ran, code, seen, stderr } = await deploy(foundation(), { yes: true });
    expect(ran).toEqual(inTf(applies));
    for (const line of ran) expect(stderr).toContain(`$ ${line}\n`);
    expect(stderr).toContain('"apply without an image" was run, and is still not done: there is no bucket lab-work');
    expect([code, seen]).toMatchObject([1, { ok: false, code: 'UNAVAILABLE' }]);
    expect(images()).toEqual({ config: '../keyturn.json', image_digests: [] });
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

  test('runs nothing at all where a program is missing, and says where to get it', async () => {
    const { code, ran, stderr } = await deploy(foundation(), { yes: true }, { has: () => false });
    expect({ code, ran }).toEqual({ code: 1, ran: [] });
    expect(stderr).toContain('terraform is not installed: https://');
    expect(images()).toBeUndefined();
  });

  test('from a law with wallets to where the co-signers must act; a second run goes on from there', async () => {
    const cloud = new Cloud().ground();
    write(lawJson());
    const runner = async (line: string) => {
      if (line.includes('buildx build')) cloud.tagged = DIGEST;
      if (line.includes(' apply ')) {
        cloud.put('lab-work', 'operations.json', operationsOf(DIGEST));
        cloud.admitted = ['lab-work', 'lab-register'];
      }
      return 0;
    };
    const { code, done, seen, stdout } = await deploy(cloud, { yes: true }, { runner }, false);
    expect([code, done]).toEqual([0, ['build', 'zip']]);
    expect(seen.next).toBeNull();
    expect(stdout).toContain('Others must do this step: alice, bob, carol.');
    expect(images()).toEqual({ config: '../keyturn.json', image_digests: [DIGEST] });
    const written: unknown = JSON.parse(readFileSync(join(folder, 'keyturn.json'), 'utf8'));
    expect(written).toMatchObject({ law: { name: 'lab' }, operations: { image: `${REPOSITORY}@${DIGEST}` } });
    // Again: nothing is run, written or built a second time.
    const again = await deploy(cloud, { yes: true });
    expect([again.code, again.ran, again.done, again.seen.next]).toEqual([
      0,
      [],
      [],
      'each co-signer accepts the image',
    ]);
    const lines = step(again.seen, 'each co-signer accepts the image')?.commands ?? [];
    expect(lines).toContain(`./keyturn build --config ${join(folder, 'keyturn.json')} --compare ${DIGEST}`);
    expect(lines).toContain(
      `printf '%s\\n' '{"accepted_images":{"${DIGEST}":"2026-05-30T00:00:00Z"}}' > FOLDER/${ACCEPTED_FILE}`,
    );
    expect(lines).toContain('terraform -chdir=FOLDER apply -input=false');
    expect(lines.some((line) => line.includes('-var'))).toBe(false);
  });

  test('a configuration that somebody edits meanwhile is not written over', async () => {
    const cloud = new Cloud().ground();
    write(lawJson());
    writeContext(join(folder, 'dist'), lawJson());
    cloud.tagged = DIGEST;
    const { policy } = cloud.inspector;
    Object.defineProperty(cloud, 'inspector', {
      get: () => ({
        ...new Cloud().inspector,
        policy,
        taggedDigest: async () => {
          writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ law: lawJson(), operations: { x: 1 } }));
          return DIGEST;
        },
      }),
    });
    await expect(deploy(cloud, { yes: true })).rejects.toMatchObject({ code: 'CONFIG' });
    expect(readFileSync(join(folder, 'keyturn.json'), 'utf8')).toContain('"x":1');
  });

  test.each([
    ['make the wallets', draft(), NONE],
    ['each co-signer accepts the image', lawJson(), DIGEST],
  ])('leaves to others what is theirs: %s', async (name, law, digest) => {
    const cloud = whole();
    cloud.accepted = [];
    write(law, digest);
    const { ran, done, seen, code } = await deploy(cloud, { yes: true });
    expect({ ran, done, next: seen.next, code }).toEqual({ ran: [], done: [], next: name, code: 0 });
  });

  test('is interrupted between two commands, and says what to do', async () => {
    write(draft());
    const interrupt = new AbortController();
    const ran: string[] = [];
    const stage = stageOf({ lab: undefined });
    const world: CliContext = {
      ...stage.session,
      folder,
      typed: './keyturn',
      open: async () => stage.session.deployment,
      connect: async () => ({
        ...stage.session.ports,
        storage: async () => new Cloud(),
        inspector: async () => new Cloud().inspector,
      }),
      signal: interrupt.signal,
      left: '',
      graceMs: 7,
      exitCode: 0,
    };
    let patience = 0;
    const runner = async (line: string) => {
      ran.push(line);
      patience = world.graceMs;
      interrupt.abort();
      return 130;
    };
    const tools: Tools = {
      runner,
      has: () => true,
      dist: async () => undefined,
      builder: () => Promise.reject(new Error('no')),
    };
    await expect(run(world, 'keyturn.json', { yes: true, terraform: 'terraform' }, tools)).rejects.toThrow(
      'interrupted',
    );
    expect(ran).toHaveLength(1);
    expect(world.left).toContain('run ./keyturn deploy again');
    // Terraform is given the time to end what it has begun.
    expect([patience >= 60_000, world.graceMs]).toEqual([true, 7]);
  });
});

test('whoever is not logged in is told so, and runs nothing', async () => {
  write(lawJson());
  const cloud = new Cloud();
  cloud.settings = () => Promise.reject(new KeyturnError('UNAUTHENTICATED', 'test'));
  const { code, stderr, seen } = await deploy(cloud);
  expect([code, seen.next]).toEqual([0, 'apply without an image']);
  expect(stderr).toContain('You are not logged in, so little could be seen: gcloud auth application-default login');
  await expect(deploy(cloud, { yes: true })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(images()).toBeUndefined();
});

test('--dry-run prints every step with its commands', async () => {
  write(lawJson(), DIGEST);
  const { stdout, ran } = await deploy(new Cloud(), { dryRun: true }, {}, false);
  for (const words of ['1. done', 'terraform -chdir', '11. todo', 'accepted_images', 'image_digests', '--compare'])
    expect(stdout).toContain(words);
  expect(ran).toEqual([]);
  expect(images()).toBeUndefined();
});

test('--dry-run prints the commands of every step also before there is an image, with words for what is not known', async () => {
  for (const law of [draft(), lawJson()]) {
    write(law);
    const { seen, ran } = await deploy(new Cloud(), { dryRun: true }, { dist: async () => undefined });
    const bare = seen.steps.filter(({ state, commands }) => state !== 'done' && commands.length === 0);
    expect(bare.map(({ name }) => name)).toEqual([]);
    const commands = seen.steps.flatMap((one) => one.commands).join('\n');
    for (const words of ['docker buildx build', 'TAG', '"image_digests":["sha256:DIGEST"]', '--compare sha256:DIGEST'])
      expect(commands).toContain(words);
    expect(ran).toEqual([]);
    expect(images()).toBeUndefined();
  }
});

test('in a lab all is there', async () => {
  writeFileSync(join(folder, 'lab.json'), JSON.stringify({ law: lawJson(), operations: operationsOf(DIGEST) }));
  writeFileSync(join(folder, 'keyturn.json'), JSON.stringify({ ready: true, config: join(folder, 'lab.json') }));
  const { seen, code } = await deploy(new Cloud());
  expect({ code, seen }).toMatchObject({ code: 0, seen: { lab: true, next: null } });
});

test('the next step', () => {
  const at = (state: Step['state'], i: number, proves = true): Step => ({
    ...{ name: `${i}`, state, seen: '', who: [], commands: [], proves },
  });
  const names = (...states: Step['state'][]) => nextOf(states.map((state, i) => at(state, i)))?.name;
  expect(names('done', 'done')).toBeUndefined();
  expect(names('unknown', 'todo')).toBe('0');
  expect(names('unknown', 'done', 'todo')).toBe('2');
  expect(names('todo', 'done')).toBe('0');
  expect(names('done', 'unknown')).toBe('1');
  // What others do one may be told; what the operator does must be seen.
  expect(nextOf([at('unknown', 0)], true)).toBeUndefined();
  expect(nextOf([{ ...at('unknown', 0), who: OPERATOR }], true)?.name).toBe('0');
  // A build on this machine proves nothing about the projects of others.
  expect(nextOf([at('unknown', 0), at('done', 1, false)])?.name).toBe('0');
});

test('two images have rights at a time: the new one and the one before', () => {
  expect(digestsWith([], undefined)).toEqual([]);
  expect(digestsWith(['a'], undefined)).toEqual(['a']);
  expect(digestsWith(['a'], 'b')).toEqual(['b', 'a']);
  expect(digestsWith(['b', 'a'], 'a')).toEqual(['a', 'b']);
  expect(digestsWith(['b', 'a'], 'c')).toEqual(['c', 'b']);
});

describe('running', () => {
  const { signal } = new AbortController();
  test('only what deploy makes', () => {
    for (const line of ['rm -rf x', 'terraformx', ' terraform apply', 'docker build .', 'docker run x'])
      expect(() => shellRunner(true)(line, signal)).toThrow('deploy does not run');
  });

  test('gives the exit code', async () => {
    expect(await shellRunner(true)('gcloud --version >/dev/null 2>&1; exit 3', signal)).toBe(3);
  });

  test('passes an interrupt on once, and waits for the end', async () => {
    const interrupt = new AbortController();
    const line = `terraform -v >/dev/null 2>&1; trap 'echo interrupted >> ${folder}/trap; exit 7' INT; echo ready > ${folder}/ready; while :; do sleep 0.05; done`;
    const ended = shellRunner(true, false)(line, interrupt.signal);
    await vi.waitUntil(() => existsSync(join(folder, 'ready')), { timeout: 10_000, interval: 10 });
    interrupt.abort();
    expect(await ended).toBe(7);
    expect(readFileSync(join(folder, 'trap'), 'utf8')).toBe('interrupted\n');
  });

  test('in a terminal it sends none: the terminal has done so', async () => {
    const interrupt = new AbortController();
    const ended = shellRunner(true, true)('terraform -v >/dev/null 2>&1; sleep 0.3; exit 5', interrupt.signal);
    interrupt.abort();
    expect(await ended).toBe(5);
  });

  test('what is missing', () => {
    const lines = [
      'docker buildx inspect x || docker buildx create x',
      'gcloud auth x',
      'SOURCE_DATE_EPOCH=0 docker buildx build x',
    ];
    const words = missingPrograms(lines, (program) => program === 'gcloud');
    expect(words).toEqual([expect.stringMatching(/^docker is not installed: https:/)]);
    expect([isInstalled('sh'), isInstalled('no-such-program'), isInstalled('sh', '')]).toEqual([true, false, false]);
  });
});

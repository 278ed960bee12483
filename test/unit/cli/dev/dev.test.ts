import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '#cli/app/cli-context.ts';
import { failureOf } from '#cli/app/failure.ts';
import { thisProcess } from '#cli/app/living.ts';
import { type DevOptions, type Parts, run } from '#cli/commands/dev.ts';
import type { Lab, LabOptions } from '#local/lab/lab.ts';
import { LAB, stageOf } from '#test/support/cli/people.ts';
import { folder } from '#test/support/local/processes.ts';

const OPTIONS: DevOptions = { shape: 'lab', node: 'anvil', blockTime: '1' };

/** A lab that is up at once. */
const labOf = (closed: string[]): Lab => {
  const lab = {
    description: {
      ready: true,
      ...LAB,
      wallets: [],
      tokens: { ...LAB.tokens, dev: '/lab/dev.token' },
      pid: process.pid,
      config: '/c',
      project: 'lab-project',
      endpoints: { pubsub: '', pubsubRest: '', storage: '', kms: '', compute: '', rpc: 'http://127.0.0.1:1' },
    },
    wallet: { name: 'treasury', address: '0x1', threshold: 2, holders: LAB.coSigners.slice(0, 2) },
    world: { project: { id: 'lab-project' } },
    close: async () => void closed.push('lab'),
  };
  return lab as unknown as Lab;
};

const scene = (place = folder()) => {
  const stage = stageOf();
  const interrupt = new AbortController();
  const world: CliContext = {
    ...stage.session,
    folder: place,
    typed: './keyturn',
    signal: interrupt.signal,
    uuid: randomUUID,
    open: async () => stage.session.deployment,
    connect: async () => stage.session.ports,
    left: '',
    graceMs: 0,
    exitCode: 9,
  };
  const closed: string[] = [];
  const parts = (over: Partial<Parts> = {}): Parts => ({
    ensureBuilt: async () => {},
    startLab: async () => labOf(closed),
    dist: '/dist',
    isLiving: () => true,
    ...over,
  });
  const file = join(place, '.keyturn', 'dev.json');
  /** Resolves when the cloud is up; `end` is Ctrl-C. */
  const up = async (options: DevOptions = OPTIONS, over: Partial<Parts> = {}) => {
    const ready = Promise.withResolvers<void>();
    const watched: CliContext = {
      ...world,
      signal: new Proxy(interrupt.signal, {
        get: (target, name) => {
          // Asked for only once everything is written.
          if (name === 'addEventListener') ready.resolve();
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    };
    const ended = run(watched, options, parts(over));
    await Promise.race([ready.promise, ended]);
    return {
      end: async () => {
        interrupt.abort();
        await ended;
      },
    };
  };
  return { stage, world, parts, file, place, closed, up };
};

const failing = (one: ReturnType<typeof scene>, over: Partial<Parts>, options: DevOptions = OPTIONS) =>
  run(one.world, options, one.parts(over)).then(() => 'done', failureOf);

describe('Ctrl-C', () => {
  test.each<[string, Partial<DevOptions>, (place: string) => string]>([
    ['without --data', {}, () => 'Ended. Nothing of it is kept.\n'],
    ['with --data', { data: 'kept' }, (place) => `Ended. Its state is kept in ${join(place, 'kept')}\n`],
  ])('%s: it says what is kept', async (_, options, said) => {
    const one = scene();
    const running = await one.up({ ...OPTIONS, ...options });
    await running.end();
    expect(one.stage.stderr.text).toBe(said(one.place));
  });
});

describe('a second one in the folder', () => {
  test('refuses, names process and folder, and leaves the first one what it has', async () => {
    const first = scene();
    const running = await first.up();
    const written = readFileSync(first.file, 'utf8');
    const second = scene(first.place);
    expect(await failing(second, {})).toEqual({
      code: 'LAB_RUNS',
      field: 'data',
      message: `a local cloud runs already: process ${process.pid}, started in ${first.place}`,
      advice: 'End it first (Ctrl-C where it runs, or `kill` and its pid), or start this one in another folder.',
    });
    expect(readFileSync(first.file, 'utf8')).toBe(written);
    expect(second.closed).toEqual([]);
    await running.end();
    expect(first.closed).toEqual(['lab']);
    expect(readdirSync(join(first.place, '.keyturn'))).toEqual([]);
  });

  test('starts where the first one was killed, also where another process has its number now', async () => {
    const first = scene();
    await first.up();
    const second = scene(first.place);
    const running = await second.up(OPTIONS, { isLiving: () => false });
    expect(JSON.parse(readFileSync(second.file, 'utf8'))).toMatchObject({ ready: true, ...thisProcess() });
    await running.end();
    expect(existsSync(second.file)).toBe(false);
  });

  test('refuses also where only dev.json tells of a process that lives', async () => {
    const one = scene();
    mkdirSync(join(one.place, '.keyturn'));
    const other = JSON.stringify({ ready: true, pid: process.pid + 1, started: 'monday' });
    writeFileSync(one.file, other);
    expect(await failing(one, {})).toMatchObject({ code: 'LAB_RUNS' });
    expect(readdirSync(join(one.place, '.keyturn'))).toEqual(['dev.json']);
    expect(readFileSync(one.file, 'utf8')).toBe(other);
  });

  test('of another folder refuses the state that the first one keeps', async () => {
    const [first, second] = [scene(), scene()];
    const data = join(first.place, 'kept');
    const running = await first.up({ ...OPTIONS, data });
    expect(await failing(second, {}, { ...OPTIONS, data })).toMatchObject({
      code: 'LAB_RUNS',
      message: expect.stringContaining(first.place),
    });
    expect(readdirSync(join(second.place, '.keyturn'))).toEqual([]);
    await running.end();
    expect(readdirSync(data)).toEqual([]);
  });

  test('that took its place behind its back keeps its dev.json', async () => {
    const one = scene();
    const running = await one.up();
    const others = JSON.stringify({ ready: true, pid: process.pid + 1, started: 'monday' });
    writeFileSync(one.file, others);
    await running.end();
    expect(readFileSync(one.file, 'utf8')).toBe(others);
  });
});

describe('what the machine does not allow', () => {
  const system = (code: string, path: string) => Object.assign(new Error(code), { code, syscall: 'open', path });

  test.each([
    ['DISK_FULL', system('ENOSPC', '/data/tokens')],
    ['NOT_WRITABLE', system('EROFS', '/data/tokens')],
  ])('%s while the lab starts: told, and the folder is free again', async (code, error) => {
    const one = scene();
    expect(await failing(one, { startLab: () => Promise.reject(error) })).toMatchObject({
      code,
      message: expect.stringContaining('/data/tokens'),
    });
    expect(readdirSync(join(one.place, '.keyturn'))).toEqual([]);
  });

  test('a build that finds no space is told too', async () => {
    const one = scene();
    const error = system('ENOSPC', '/dist.1');
    expect(await failing(one, { ensureBuilt: () => Promise.reject(error) })).toMatchObject({ code: 'DISK_FULL' });
  });

  test('a folder in which this user may not write', async () => {
    // root may write everywhere but in what the kernel shows.
    const place = process.getuid?.() === 0 ? '/sys' : folder();
    if (place !== '/sys') chmodSync(place, 0o555);
    const failure = await failing(scene(place), {});
    expect(failure).toMatchObject({
      code: 'NOT_WRITABLE',
      message: `this user may not write there: ${join(place, '.keyturn')}`,
    });
  });
});

test('an interrupt while it builds starts nothing', async () => {
  const one = scene();
  const controller = new AbortController();
  const world: CliContext = { ...one.world, signal: controller.signal };
  let started = 0;
  const parts = one.parts({
    ensureBuilt: async () => controller.abort(),
    startLab: async () => {
      started += 1;
      return labOf([]);
    },
  });
  await expect(run(world, OPTIONS, parts)).rejects.toMatchObject({ name: 'Interrupted' });
  expect(started).toBe(0);
  expect(readdirSync(join(one.place, '.keyturn'))).toEqual([]);
});

describe('--otlp', () => {
  const envOf = async (options: Partial<DevOptions>) => {
    const one = scene();
    let env: unknown;
    const { end } = await one.up(
      { ...OPTIONS, ...options },
      {
        startLab: async (lab) => {
          env = lab.functionEnv;
          return labOf(one.closed);
        },
      },
    );
    await end();
    return env;
  };

  test('the functions are told where, and without it nothing', async () => {
    expect(await envOf({ otlp: 'http://127.0.0.1:4318' })).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    });
    expect(await envOf({})).toEqual({});
  });

  test('a url that is none is refused before anything is built', async () => {
    const one = scene();
    let built = false;
    const ensureBuilt = async (): Promise<void> => {
      built = true;
    };
    expect(await failing(one, { ensureBuilt }, { ...OPTIONS, otlp: 'http://collector.example/key' })).toMatchObject({
      code: 'USAGE',
      field: 'otlp',
    });
    expect(built).toBe(false);
  });
});

describe('a policy and wallets of one’s own', () => {
  const POLICY = { rules: [{ name: 'nobody', effect: 'deny', destinations: ['*'] }] };
  const usual = {
    name: 'lab',
    wallets: [
      { name: 'treasury', policy: {} },
      { name: 'ops', policy: {} },
    ],
  };

  const started = async (options: Partial<DevOptions>, policy: unknown = POLICY) => {
    const one = scene();
    writeFileSync(join(one.place, 'policy.json'), JSON.stringify(policy));
    const given: LabOptions[] = [];
    const startLab: Parts['startLab'] = async (lab) => {
      given.push(lab);
      return labOf([]);
    };
    const running = await one.up({ ...OPTIONS, ...options }, { startLab });
    await running.end();
    return given[0];
  };

  test('go to the lab: every wallet has the policy, and nothing else of the law differs', async () => {
    const lab = await started({ policy: 'policy.json', wallets: 'ops,payroll' });
    expect(lab?.moreWallets).toEqual(['ops', 'payroll']);
    expect(lab?.law?.(usual as never)).toEqual({
      name: 'lab',
      wallets: [
        { name: 'treasury', policy: POLICY },
        { name: 'ops', policy: POLICY },
      ],
    });
    expect(await started({})).not.toHaveProperty('law');
  });

  test.each<[string, Partial<DevOptions>, unknown, RegExp]>([
    ['no policy', { policy: 'policy.json' }, { rules: [] }, /policy\.json is no policy of a wallet\nrules: /],
    ['a member that no policy has', { policy: 'policy.json' }, { ...POLICY, more: 1 }, /is no policy of a wallet/],
    ['no file', { policy: 'none.json' }, POLICY, /none\.json cannot be read/],
    ['the law of another shape', { policy: 'policy.json', shape: 'split' }, POLICY, /has a law of its own/],
    ['its wallets', { wallets: '2', shape: 'split' }, POLICY, /has a law of its own/],
  ])('%s is a mistake of usage, and nothing is started', async (_, options, policy, words) => {
    const one = scene();
    writeFileSync(join(one.place, 'policy.json'), JSON.stringify(policy));
    const failure = await failing(one, {}, { ...OPTIONS, ...options });
    expect(failure).toMatchObject({ code: 'USAGE', message: expect.stringMatching(words) });
    expect(existsSync(join(one.place, '.keyturn'))).toBe(false);
  });
});

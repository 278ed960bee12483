import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Child, startChild } from '#local/cloud/processes/children.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf } from '#schemas/names.ts';
import { ensureBuilt } from '../../build/build.ts';
import { KeptWatch } from '../support/leaks/kept.ts';
import { randomFrom } from './proxy.ts';
import { minedFrom } from './support/ends.ts';
import { PATIENCE } from './support/lab.ts';
import { transferOf } from './support/people.ts';

/** Each life of the cloud ends at a point of its own, drawn from this. */
const SEED = 20_260_902;
const LIVES = 3;
const VALUE = 4_242_000_000_000_000n;

const ROOT = new URL('../../', import.meta.url).pathname;
const KEYTURN = join(ROOT, 'cli/keyturn.js');

const lab = z.object({
  ready: z.literal(true),
  endpoints: z.object({ rpc: z.string() }),
  wallets: z.array(z.object({ address: z.string() })).min(1),
});
const outcome = z
  .object({ ok: z.literal(true), outcome: z.object({ outcome: z.string() }).loose().nullable() })
  .loose();
const receipts = z.object({ receipts: z.array(z.object({ id: z.string() }).loose()) }).loose();

let folder: string;
let data: string;
/** What the cloud and the tools printed, in all of its lives. */
const said: string[] = [];

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'keyturn-cloud-killed-'));
  data = join(folder, 'data');
}, PATIENCE);
afterAll(() => {
  new KeptWatch(data).check([{ where: 'output of keyturn', bytes: Buffer.from(said.join('\n')) }]);
  rmSync(folder, { recursive: true, force: true });
});

interface Cloud {
  readonly child: Child;
  readonly rpc: string;
  readonly address: string;
}

const environment = { PATH: process.env.PATH ?? '', HOME: tmpdir(), NO_COLOR: '1' };

const start = async (): Promise<Cloud> => {
  const up = Promise.withResolvers<z.infer<typeof lab>>();
  const lines: string[] = [];
  const child = startChild({
    command: process.execPath,
    args: [KEYTURN, 'dev', '--data', data, '--json'],
    cwd: folder,
    env: environment,
    onLine: (line, stream) => {
      lines.push(line);
      said.push(line);
      if (stream !== 'stdout' || !line.startsWith('{')) return;
      const described = lab.safeParse(JSON.parse(line));
      if (described.success) up.resolve(described.data);
    },
  });
  const died = child.exited.then((code) => {
    throw new Error(`the local cloud ended with ${code}: ${lines.join('\n')}`);
  });
  died.catch(() => {});
  const { endpoints, wallets } = await Promise.race([up.promise, died]);
  return { child, rpc: endpoints.rpc, address: wallets[0]?.address ?? '' };
};

/** kill -9 of the one process; what it started dies with it. */
const kill = async ({ child }: Cloud): Promise<void> => {
  if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
  await child.exited;
};

/** A person's tool, which may well find the cloud gone in the middle of what it does. */
const keyturn = async (...args: string[]): Promise<unknown> => {
  let last = '';
  const child = startChild({
    command: process.execPath,
    args: [KEYTURN, ...args, '--json'],
    cwd: folder,
    env: environment,
    onLine: (line, stream) => {
      said.push(line);
      if (stream === 'stdout' && line.startsWith('{')) last = line;
    },
  });
  await child.exited;
  return last === '' ? undefined : JSON.parse(last);
};

const journal = (): string => join(data, 'journal.jsonl');
const length = (): number => readFileSync(journal(), 'utf8').split('\n').length - 1;

/** Resolves when the journal has `more` lines more than now: a point of the request's way, not of the clock. */
const grown = (more: number): { readonly reached: Promise<void>; readonly stop: () => void } => {
  const target = length() + more;
  const done = Promise.withResolvers<void>();
  const watcher = watch(journal(), () => {
    if (length() >= target) done.resolve();
  });
  return { reached: done.promise, stop: () => watcher.close() };
};

/** Made once: asked again, it is the very same request, and publishing it again is harmless. */
const writeRequest = (address: string): { readonly id: string; readonly file: string } => {
  const request = transferOf({ wallet: 'treasury', chainId: '31337', value: VALUE, reference: 'cloud-killed' });
  const file = join(folder, 'request.json');
  writeFileSync(file, JSON.stringify(request));
  return { file, id: digestOf(request, address, bucketsOf('lab').register) };
};

describe(`a local cloud that is killed ${LIVES} times in the middle of a request, and started again on its data (seed ${SEED})`, () => {
  test(
    'goes on, and the money moves once',
    async () => {
      const random = randomFrom(SEED);
      let request: ReturnType<typeof writeRequest> | undefined;
      /** The dApp and both co-signers do what they have to do, as often as it takes. */
      const people = async ({ address }: Cloud): Promise<string> => {
        request ??= writeRequest(address);
        const { id, file } = request;
        await keyturn('request', '--file', file);
        await keyturn('approve', id, '--as', 'alice', '--yes');
        await keyturn('approve', id, '--as', 'bob', '--yes');
        return id;
      };
      for (let life = 0; life < LIVES; life++) {
        const cloud = await start();
        const { reached, stop } = grown(5 + Math.floor(random() * 45));
        const acting = people(cloud);
        await reached;
        stop();
        await kill(cloud);
        await acting;
      }
      const cloud = await start();
      try {
        const id = await people(cloud);
        for (;;) {
          const { reached, stop } = grown(1);
          const shown = outcome.parse(await keyturn('show', id));
          if (shown.outcome !== null) {
            stop();
            expect(shown.outcome.outcome).toBe('finalized');
            break;
          }
          await reached;
          stop();
        }
        const mined = await minedFrom(cloud.rpc, cloud.address);
        expect(mined.filter(({ value }) => value === VALUE)).toHaveLength(1);
        const ledger = receipts.parse(await keyturn('receipts', '--as', 'finance'));
        expect(ledger.receipts.filter((each) => each.id === id)).toHaveLength(1);
      } finally {
        await cloud.child.stop(20_000);
      }
    },
    PATIENCE,
  );
});

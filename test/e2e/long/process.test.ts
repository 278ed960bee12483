import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { watchInterrupts } from '#cli/app/interrupt.ts';
import { askHiddenOn, askOn, readAll } from '#cli/app/prompt.ts';
import { waitingCommand } from '#test/support/cli/waiting.ts';

const LAUNCHER = fileURLToPath(new URL('../../../cli/keyturn.js', import.meta.url));
/** A Node that cannot run TypeScript, as that of a host may be. */
const OLD = ['--no-strip-types'];

const folder = mkdtempSync(join(tmpdir(), 'keyturn-cli-'));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const launch = (args: readonly string[], flags: readonly string[] = []) => {
  const child = spawn(process.execPath, [...flags, LAUNCHER, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece) => {
    seen.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    seen.stderr += piece;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...seen }));
  return { child, ended };
};

describe.each([
  ['by this Node', []],
  ['handed over by a Node without TypeScript', OLD],
])('the launcher, %s', (_, flags) => {
  test('runs the program and passes the exit code through', async () => {
    const version = await launch(['--version'], flags).ended;
    expect(version).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect((await launch(['bogus'], flags).ended).code).toBe(2);
    const failed = await launch(['status', '--json'], flags).ended;
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({ ok: false, code: 'NOT_FOUND', field: 'config' });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends a command that waits, with %i', async (signal, code) => {
    const { child, ended } = launch(waitingCommand(folder), flags);
    await once(child.stdout ?? child, 'data');
    child.kill(signal);
    const { stdout, ...end } = await ended;
    expect(end).toEqual({ code, stderr: 'keyturn: interrupted; every receipt that was printed is acknowledged\n' });
    expect(stdout).toBe('Following lab-receipts-finance; Ctrl-C ends it.\n');
  });
});

describe('interrupts', () => {
  const host = () => {
    const exits: number[] = [];
    let now = 0;
    const emitter = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
    const interrupts = watchInterrupts(emitter as unknown as NodeJS.Process, () => now);
    const send = (signal: string, at: number) => {
      now = at;
      emitter.emit(signal);
    };
    return { exits, interrupts, send };
  };

  test('one that comes twice, by terminal and launcher, is one', () => {
    const { exits, interrupts, send } = host();
    send('SIGINT', 0);
    send('SIGINT', 20);
    expect(interrupts.signal.aborted).toBe(true);
    expect(interrupts.code()).toBe(130);
    expect(exits).toEqual([]);
  });

  test('a later one ends the process at once', () => {
    const { exits, send } = host();
    send('SIGINT', 0);
    send('SIGTERM', 1500);
    expect(exits).toEqual([143]);
  });
});

describe('asking', () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
  const never = new AbortController().signal;

  test('needs a terminal', async () => {
    expect(await askOn(new PassThrough(), new PassThrough(), 'sure? ', never)).toBeUndefined();
  });

  test('gives the line without its ends; end of input is an empty one', async () => {
    const input = terminal();
    const output = new PassThrough();
    const answer = askOn(input, output, 'sure? ', never);
    input.write('  3f2a \n');
    expect(await answer).toBe('3f2a');
    expect(String(output.read())).toBe('sure? ');
    const silent = terminal();
    silent.end();
    expect(await askOn(silent, new PassThrough(), 'sure? ', never)).toBe('');
  });

  test('ends with an interrupt', async () => {
    const interrupt = new AbortController();
    const answer = askOn(terminal(), new PassThrough(), 'sure? ', interrupt.signal);
    interrupt.abort();
    expect(await answer).toBeUndefined();
  });
});

describe('asking for a password', () => {
  const raw: boolean[] = [];
  const terminal = () =>
    Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: (on: boolean) => void raw.push(on) });
  const context = (signal = new AbortController().signal) => {
    const interrupted = { count: 0 };
    return { interrupted, with: { signal, interrupted: () => void interrupted.count++ } };
  };

  test('needs a terminal', async () => {
    expect(await askHiddenOn(new PassThrough(), new PassThrough(), 'word? ', context().with)).toBeUndefined();
  });

  test('shows the question, and nothing of what is typed; the terminal is as before', async () => {
    const [input, output] = [terminal(), new PassThrough()];
    raw.length = 0;
    const answer = askHiddenOn(input, output, 'word? ', context().with);
    input.write(' open sesame \r');
    expect(await answer).toBe(' open sesame ');
    expect(String(output.read())).toBe('word? \n');
    expect(raw).toEqual([true, false]);
  });

  test('Ctrl-C becomes a signal again, and then there is no answer', async () => {
    const interrupt = new AbortController();
    const { interrupted, with: options } = context(interrupt.signal);
    const input = terminal();
    const answer = askHiddenOn(input, new PassThrough(), 'word? ', {
      ...options,
      interrupted: () => {
        options.interrupted();
        interrupt.abort();
      },
    });
    input.write('half a w\u0003');
    expect(await answer).toBeUndefined();
    expect(interrupted.count).toBe(1);
  });

  test('the end of input is an empty line', async () => {
    const input = terminal();
    const answer = askHiddenOn(input, new PassThrough(), 'word? ', context().with);
    input.end();
    expect(await answer).toBe('');
  });
});

test('standard input is read up to a limit, and its pieces are wiped', async () => {
  const pieces = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const from = async function* () {
    yield* pieces;
  };
  expect([...(await readAll(from(), 3))]).toEqual([1, 2, 3]);
  expect(pieces.flatMap((piece) => [...piece])).toEqual([0, 0, 0]);
  await expect(readAll(from(), 2)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

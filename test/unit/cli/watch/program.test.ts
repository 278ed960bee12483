import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realClock } from '#adapters/clock.ts';
import { startOf } from '#cli/app/living.ts';
import { checkProgram, program } from '#cli/watch/program.ts';
import type { Clock } from '#core/ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-program-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BODY = '{"request":{"memo":"$(touch pwned); `touch pwned` \\u001b[2J"}}';
const DELIVERY = { id: 'a'.repeat(64), eventId: 'e', validUntil: 0, body: BODY };

/** A small program in JavaScript, which this Node runs. */
const run = async (source: string, over: { clock?: Clock; args?: readonly string[]; signal?: AbortSignal } = {}) => {
  const said: string[] = [];
  const { clock = realClock, args = [], signal = new AbortController().signal } = over;
  const receiver = program({
    ...{ program: process.execPath, args: ['-e', source, ...args], deadlineMs: 20_000, clock },
    said: (text) => said.push(text),
  });
  return { result: await receiver.deliver(DELIVERY, signal), said: said.join('') };
};

const READ = "let t='';process.stdin.on('data',(d)=>t+=d).on('end',()=>{";

describe('a command', () => {
  test('threat 102: reads the request on standard input, and finds nothing of it in arguments and environment', async () => {
    const file = join(folder, 'read');
    const seen = 'JSON.stringify({t,argv:process.argv.slice(1),env:process.env})';
    const source = `${READ}require('node:fs').writeFileSync(${JSON.stringify(file)},${seen})})`;
    const { result } = await run(source, { args: ['--', '$HOME', '* ;'] });
    expect(result).toEqual({ ok: true });
    const { t, argv, env } = JSON.parse(readFileSync(file, 'utf8'));
    expect([t, argv]).toEqual([`${BODY}\n`, ['$HOME', '* ;']]);
    expect(env).toEqual({ ...process.env });
    expect(JSON.stringify([argv, env])).not.toContain('pwned');
  });
  test.each([
    ['ends with another exit code', 'process.exit(3)', 'the command ended with exit code 3'],
    ['is ended by a signal', "process.kill(process.pid, 'SIGKILL')", 'the command was ended by SIGKILL'],
  ])('that %s says no', async (_, source, why) => {
    expect((await run(source)).result).toEqual({ ok: false, why });
  });
  test('that cannot be started says no', async () => {
    const options = { args: [], deadlineMs: 1000, clock: realClock, said: () => {} };
    const receiver = program({ ...options, program: join(folder, 'none') });
    expect(await receiver.deliver(DELIVERY, new AbortController().signal)).toEqual({
      ok: false,
      why: 'the command could not be started',
    });
  });
  test('that does not read ends as it ends', async () => {
    expect((await run('process.exit(0)')).result).toEqual({ ok: true });
  });
  test('may say more than is passed on, and is not held up by it', async () => {
    const { result, said } = await run("process.stdout.write('x'.repeat(3_000_000));process.stderr.write('y')");
    expect(result).toEqual({ ok: true });
    expect(said).toHaveLength(4096);
  });

  /** Writes its own process id and that of a child of its own, and ignores SIGTERM. */
  const stubborn = (file: string) =>
    `process.on('SIGTERM',()=>{});const c=require('node:child_process').spawn(process.execPath,['-e','setInterval(()=>{},1e3)'],{stdio:'ignore'});` +
    `require('node:fs').writeFileSync(${JSON.stringify(`${file}.new`)},process.pid+' '+c.pid);require('node:fs').renameSync(${JSON.stringify(`${file}.new`)},${JSON.stringify(file)});setInterval(()=>{},1e3)`;
  /** A clock whose sleeps end once the command has begun, or at once after that. */
  const onceThere = (file: string, then: () => void = () => {}): Clock => ({
    now: () => 0,
    sleep: async (_, signal) => {
      while (!existsSync(file) && signal?.aborted !== true) await new Promise(setImmediate);
      then();
    },
  });
  const pidsIn = (file: string) => readFileSync(file, 'utf8').split(' ').map(Number);

  test('threat 102: that takes too long is ended, with what it has started', async () => {
    const file = join(folder, 'late');
    const { result } = await run(stubborn(file), { clock: onceThere(file) });
    expect(result).toEqual({ ok: false, why: 'the command took more than 20 s, and was ended' });
    const pids = pidsIn(file);
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.map(startOf)).toEqual([undefined, undefined]);
  });
  test('ends with Ctrl-C, with what it has started', async () => {
    const file = join(folder, 'interrupted');
    const controller = new AbortController();
    const waits = {
      ...realClock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms < 20_000) return;
        await onceThere(file, () => controller.abort()).sleep(ms, signal);
        await new Promise<void>((ended) => signal?.addEventListener('abort', () => ended()));
      },
    };
    const { result } = await run(stubborn(file), { clock: waits, signal: controller.signal });
    expect(result).toMatchObject({ ok: false });
    const pids = pidsIn(file);
    await expect.poll(() => pids.map(startOf)).toEqual([undefined, undefined]);
  });
});

describe('which program', () => {
  const file = join(folder, 'tool');
  writeFileSync(file, '#!/bin/sh\n');
  test('is one that may be run, by its path or on PATH', () => {
    expect(() => checkProgram(file)).toThrow('--run: there is no such program, or it may not be run');
    chmodSync(file, 0o755);
    expect(() => checkProgram(file)).not.toThrow();
    expect(() => checkProgram('sh')).not.toThrow();
  });
  test.each(['', folder, join(folder, 'none'), 'keyturn-no-such-program', './', 'sh -c'])('%j is none', (name) => {
    expect(() => checkProgram(name)).toThrow('--run: ');
  });
});

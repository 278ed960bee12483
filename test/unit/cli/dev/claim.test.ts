import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Claim, claim, type Holder } from '#cli/dev/claim.ts';
import { closers, folder } from '#test/support/local/processes.ts';

const holder = (token: string, over: Partial<Holder> = {}): Holder => ({
  pid: 11_959,
  started: 'monday',
  token,
  folder: '/home/me/w dir',
  ...over,
});
const living = () => true;
const dead = () => false;
const refused = expect.objectContaining({ code: 'LAB_RUNS' });

describe('a claim', () => {
  test('is refused to another while its holder lives, and the answer names process and folder', () => {
    const path = join(folder(), 'deep', 'dev.lock');
    claim(path, holder('a'), living);
    expect(() => claim(path, holder('b', { pid: 7 }), living)).toThrow(
      expect.objectContaining({
        code: 'LAB_RUNS',
        message: 'a local cloud runs already: process 11959, started in /home/me/w dir',
      }),
    );
    expect(readdirSync(join(path, '..'))).toEqual(['dev.lock']);
  });

  test('of a process that has ended is replaced, also where another has its number now', () => {
    const path = join(folder(), 'dev.lock');
    const first = claim(path, holder('a'), living);
    const later = (one: { pid: number; started: string }) => one.pid === 11_959 && one.started === 'tuesday';
    const second = claim(path, holder('b', { started: 'tuesday' }), later);
    expect([first.isOurs(), second.isOurs()]).toEqual([false, true]);
    expect(() => claim(path, holder('c'), later)).toThrow(refused);
  });

  test('given up by its holder is free, and nothing is left; given up by another it stays', () => {
    const place = folder();
    const path = join(place, 'dev.lock');
    const first = claim(path, holder('a'), living);
    const second = claim(path, holder('b'), dead);
    first.release();
    expect(second.isOurs()).toBe(true);
    second.release();
    second.release();
    expect(readdirSync(place)).toEqual([]);
    expect(claim(path, holder('c'), living).isOurs()).toBe(true);
  });

  test.each([
    ['a folder without a card', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'x')],
    [
      'a card that is torn',
      (path: string) => {
        mkdirSync(path);
        writeFileSync(join(path, 'holder.json'), '{"pid":');
      },
    ],
  ])('%s in its place was not made by a lab that lives', (_, make) => {
    const path = join(folder(), 'dev.lock');
    make(path);
    expect(claim(path, holder('a'), living).isOurs()).toBe(true);
  });

  test('removed by hand is noticed', () => {
    const path = join(folder(), 'dev.lock');
    const mine = claim(path, holder('a'), living);
    rmSync(path, { recursive: true });
    expect(mine.isOurs()).toBe(false);
    mine.release();
  });
});

describe('two that find the same claim left behind', () => {
  test('the slower one does not take away what the faster one has claimed meanwhile', () => {
    const path = join(folder(), 'dev.lock');
    claim(path, holder('left behind'), living);
    let faster: Claim | undefined;
    const meanwhile = ({ started }: { started: string }): boolean => {
      faster ??= claim(path, holder('faster', { started: 'tuesday' }), dead);
      return started === 'tuesday';
    };
    expect(() => claim(path, holder('slower'), meanwhile)).toThrow(refused);
    expect(faster?.isOurs()).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['dev.lock']);
  });

  test('of six processes one wins, whatever lies there', async () => {
    const program = fileURLToPath(new URL('./claimer.ts', import.meta.url));
    for (const left of [undefined, 'left behind', 'left behind again']) {
      const place = folder();
      const [path, gate] = [join(place, 'dev.lock'), join(place, 'gate')];
      if (left !== undefined) claim(path, holder(left, { pid: 2 ** 30 }), living);
      const racers = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(async (n) => {
          const child = spawn(process.execPath, [program, path, gate, `racer-${n}`], {
            stdio: ['pipe', 'pipe', 'inherit'],
          });
          closers.push(() => void child.kill('SIGKILL'));
          const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
          expect((await lines.next()).value).toBe('ready');
          return { child, lines };
        }),
      );
      writeFileSync(gate, '');
      const said = await Promise.all(racers.map(async ({ lines }) => String((await lines.next()).value)));
      expect(said.toSorted()).toEqual(['lost', 'lost', 'lost', 'lost', 'lost', 'won']);
      for (const { child } of racers) {
        child.stdin.end();
        await once(child, 'exit');
      }
      expect(existsSync(path)).toBe(true);
      expect(readdirSync(place).toSorted()).toEqual(['dev.lock', 'gate']);
    }
  });
});

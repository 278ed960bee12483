import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isLiving, startOf, thisProcess } from '#cli/app/living.ts';

const told = process.platform === 'linux' || process.platform === 'darwin';

describe('a process', () => {
  test('that runs is told from one that has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const named = { pid: child.pid ?? 0, started: startOf(child.pid ?? 0) ?? '' };
    expect(isLiving(named)).toBe(true);
    child.stdin.end();
    await once(child, 'exit');
    expect(isLiving(named)).toBe(false);
  });

  test('is the same each time it is asked about, and another began at another time', async () => {
    expect(thisProcess()).toEqual(thisProcess());
    expect(isLiving(thisProcess())).toBe(true);
    if (told) expect(thisProcess().started).not.toBe('');
  });

  test.each<[string, string, string | undefined, boolean]>([
    ['the same', 'monday', 'monday', true],
    ['a later one of the same number', 'monday', 'tuesday', false],
    ['none of that number', 'monday', undefined, false],
    ['none, of which nothing more was written', '', undefined, false],
    ['one, of which nothing more was written', '', 'tuesday', true],
    ['one, on a system that tells nothing', 'monday', '', true],
  ])('%s', (_, started, seen, living) => {
    expect(isLiving({ pid: 7, started }, (pid) => (pid === 7 ? seen : 'never asked'))).toBe(living);
  });
});

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Ran {
  readonly code: number | null;
  readonly out: string;
}

/** The simulation as CI runs it: in processes of its own, since it takes Node's randomness away from everything in its process. */
const simulate = (...options: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...options]);
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      out += text.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });

describe('the simulation', () => {
  it('finds every invariant of SECURITY.md kept in 150 histories of all profiles', async () => {
    const { code, out } = await simulate('--seeds', '150', '--from', '1');
    expect(out).toMatch(/^150 histories/m);
    expect({ code, out }).toEqual({ code: 0, out });
  });

  it('replays a history from its seed to the byte', async () => {
    const tell = () => simulate('--story', '--profile', 'mixed', '--from', '7', '--no-shrink');
    const [first, second] = [await tell(), await tell()];
    expect(first.out).not.toContain('DOES NOT REPLAY');
    expect(first.out.split('\n').length).toBeGreaterThan(100);
    expect(second.out).toBe(first.out);
  });
});

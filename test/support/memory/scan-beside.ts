import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sought } from './scan.ts';

const FILE = fileURLToPath(new URL('scan-process.ts', import.meta.url));

/** As `scanMemory`, by a process beside this one: whatever cloud lies in this one goes on. Undefined where that process ended meanwhile. */
export const scanBeside = async (
  pid: number,
  sought: readonly Sought[],
): Promise<ReadonlyMap<string, number> | undefined> => {
  const child = spawn(process.execPath, [FILE], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(
    JSON.stringify({
      pid,
      sought: sought.map(({ name, bytes }) => ({ name, hex: Buffer.from(bytes).toString('hex') })),
    }),
  );
  const said = await text(child.stdout);
  return said === '' ? undefined : new Map(JSON.parse(said));
};

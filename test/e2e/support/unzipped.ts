import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import type { Child } from '#local/cloud/processes/children.ts';
import { startFramework } from './standalone.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const lock = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) });
const manifest = z.object({ version: z.string() });

/**
 * An archive as Cloud Build has it, unpacked in an empty folder. It has exactly what its lock file lists, in those places and versions, as
 * `npm ci` makes it. From what is installed here, so that no network is asked.
 */
export const unpack = (zip: string, folder: string): readonly string[] => {
  mkdirSync(folder, { recursive: true });
  const files = unzipSync(new Uint8Array(readFileSync(zip)));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const { packages } = lock.parse(JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')));
  for (const [place, { version }] of Object.entries(packages)) {
    if (place === '') continue;
    const from = join(ROOT, place);
    const found = manifest.parse(JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))).version;
    if (found !== version) throw new Error(`${place}: the lock says ${version}, here is ${found}`);
    const to = join(folder, place);
    mkdirSync(dirname(to), { recursive: true });
    // What lies nested in it is listed by itself.
    cpSync(from, to, {
      recursive: true,
      dereference: true,
      filter: (path) => !path.slice(from.length).includes('/node_modules'),
    });
  }
  return Object.keys(files).sort();
};

/** Starts it as the buildpack does: the framework out of its own node_modules, the function by name. */
export const startUnpacked = async (
  folder: string,
  target: string,
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<{ readonly url: string; readonly child: Child }> => {
  const framework = join(folder, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
  if (!existsSync(framework)) throw new Error('the lock does not bring the framework');
  const { port, child } = await startFramework({ main: framework, cwd: folder, target, env, onLine });
  return { url: `http://127.0.0.1:${port}/`, child };
};

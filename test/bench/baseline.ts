import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BASELINE } from './figure.ts';
import { plainEnv } from './probe.ts';
import { TODAY, type Tree } from './tree.ts';

const run = promisify(execFile);

/** Its lab's node mines each transaction at once, and its law waits for a second block. Nothing would ever be final there. */
const FINALITY = ["finality: { kind: 'finalized' }", "finality: { kind: 'confirmations', count: 0 }"] as const;

/** Today's certificate library, which its local cloud uses, wants this first. */
const NODE_ARGS = ['--import', 'reflect-metadata'];

export type Baseline =
  | { readonly kind: 'built'; readonly tree: Tree; readonly close: () => Promise<void> }
  | { readonly kind: 'skipped'; readonly why: string };

const git = (...args: readonly string[]) => run('git', ['-C', TODAY.root, ...args]);

/**
 * The build of the baseline commit, in a worktree below `folder`. Its packages are today's: each range of its package.json that the bundles use
 * allows them, and an install of its own would take minutes. Today's probes take the place of its own bench. Skipped where git or the commit is
 * missing, as in a shallow clone.
 */
export const openBaseline = async (folder: string): Promise<Baseline> => {
  const root = join(folder, BASELINE);
  try {
    await git('cat-file', '-e', `${BASELINE}^{commit}`);
  } catch {
    return { kind: 'skipped', why: `the history has no commit ${BASELINE}: a shallow clone, or no git` };
  }
  const close = async (): Promise<void> => {
    await git('worktree', 'remove', '--force', root).catch(() => {});
    rmSync(root, { recursive: true, force: true });
    await git('worktree', 'prune').catch(() => {});
  };
  try {
    await git('worktree', 'add', '--detach', '--quiet', root, BASELINE);
    symlinkSync(join(TODAY.root, 'node_modules'), join(root, 'node_modules'));
    const bench = join(root, 'test', 'bench');
    rmSync(bench, { recursive: true });
    cpSync(join(TODAY.root, 'test', 'bench'), bench, { recursive: true });
    const config = join(root, 'local', 'lab', 'config.ts');
    const before = readFileSync(config, 'utf8');
    if (!before.includes(FINALITY[0])) throw new Error(`${BASELINE}: ${config} has no law to change`);
    writeFileSync(config, before.replace(...FINALITY));
    await run(process.execPath, ['build.ts'], { cwd: root, env: plainEnv(folder) });
    return { kind: 'built', tree: { name: BASELINE, root, nodeArgs: NODE_ARGS }, close };
  } catch (error) {
    await close();
    throw error;
  }
};

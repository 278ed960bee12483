import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passing } from '#local/cloud/runtime/faults.ts';
import { type Lab, type LabOptions, startLab } from '#local/lab/lab.ts';
import { OWNER } from '#local/lab/people.ts';
import { DIST, ensureBuilt } from '../../../build/build.ts';
import { LeakWatch } from '../../support/leaks/watch.ts';

/** ms. Whatever was killed, a lab this impatient is done long before; a machine that does ten other things is not. */
export const PATIENCE = 300_000;

export interface FaultLab extends Lab {
  /** Every line that functions and machines logged, each with who said it. */
  readonly lines: readonly string[];
  /** Calls `look` whenever a service was called or a line was logged, until it gives something. Rejects with the last lines. */
  until<T>(what: string, look: () => T | undefined, ms?: number): Promise<T>;
  /** Shows every call of a Google service; what the tests themselves ask is left out. */
  watch(watcher: (call: Passing) => void): () => void;
  /** Runs something of the test's own, unseen by watchers and spared by planned faults. */
  quietly<T>(run: () => T): T;
  onLine(listener: (line: string) => void): () => void;
  /** Looks for secrets in all that the lab keeps, starts and says. `close` throws LeakFound where it finds one. */
  readonly leaks: LeakWatch;
}

/** The real lab, built bundles and all, in a hurry: what is lost is looked for after a second or two. */
export const startFaultLab = async (
  options: Partial<Omit<LabOptions, 'folder' | 'keep' | 'dist'>> = {},
): Promise<FaultLab> => {
  await ensureBuilt();
  const lines: string[] = [];
  const leaks = new LeakWatch();
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-faults-'));
  const listeners = new Set<(line: string) => void>();
  const tell = (who: string, line: string): void => {
    lines.push(`${who} ${line}`);
    leaks.onLine(who, line);
    for (const listener of [...listeners]) listener(`${who} ${line}`);
  };
  const lab = await startLab({
    folder,
    keep: false,
    dist: DIST,
    threshold: 2,
    coSigners: 2,
    tickMs: 1000,
    blockTime: 1,
    ...options,
    operations: { bootLimitSeconds: 3, pollSeconds: 1, idleSeconds: 2, ...options.operations },
    onFunctionLine: tell,
    onVmLine: ({ instance, line }) => tell(instance, line),
    onRecord: leaks.onRecord,
    onProcess: leaks.onProcess,
    onNote: (line) => leaks.onLine('the local cloud', line),
  });
  leaks.guardFolder(folder);
  let quiet = false;
  const quietly = <T>(run: () => T): T => {
    const { faults } = lab.world;
    const before = quiet;
    const planned = faults.pending;
    quiet = true;
    faults.clear();
    try {
      return run();
    } finally {
      quiet = before;
      for (const fault of planned) faults.add(fault);
    }
  };
  const watch = (watcher: (call: Passing) => void) =>
    lab.world.faults.watch((call) => {
      if (!quiet) watcher(call);
    });
  const onLine = (listener: (line: string) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const until = <T>(what: string, look: () => T | undefined, ms = PATIENCE - 20_000): Promise<T> =>
    new Promise((resolve, reject) => {
      let planned = false;
      const check = (): void => {
        planned = false;
        try {
          const found = quietly(look);
          if (found !== undefined) finish(() => resolve(found));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const soon = (): void => {
        if (!planned) setImmediate(check);
        planned = true;
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`${what}: not within ${ms} ms\n${lines.slice(-40).join('\n')}`))),
        ms,
      );
      const ends = [watch(soon), onLine(soon), () => clearTimeout(timer)];
      const finish = (then: () => void): void => {
        for (const end of ends) end();
        then();
      };
      soon();
    });
  const close = async (): Promise<void> => {
    leaks.lookInto(folder);
    await lab.close();
    leaks.check();
  };
  return { ...lab, lines, until, watch, quietly, onLine, leaks, close };
};

/** The live object, as the owner of the project sees it. */
export const peek = (lab: FaultLab, bucket: string, name: string): Buffer | undefined =>
  lab.quietly(() => {
    const { items } = lab.servers.store.list(OWNER, bucket, { prefix: name });
    return items.some((item) => item.name === name) ? lab.servers.store.read(OWNER, bucket, name).bytes : undefined;
  });

export const namesIn = (lab: FaultLab, bucket: string, prefix: string): readonly string[] =>
  lab.quietly(() => lab.servers.store.list(OWNER, bucket, { prefix, maxResults: 1000 }).items.map(({ name }) => name));

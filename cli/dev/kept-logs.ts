import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Beside dev.json: what functions and machines of the lab logged, one JSON object a line. The older half is kept until the next one is full. */
export const logFiles = (devFile: string): { readonly current: string; readonly older: string } => ({
  current: join(dirname(devFile), 'logs.ndjson'),
  older: join(dirname(devFile), 'logs.1.ndjson'),
});

/** Bytes of each of the two files. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface KeptLine {
  readonly who: string;
  readonly at: string;
  readonly line: string;
}

/** Keeps lines, in order. A disk that is full costs lines, and nothing else. */
export const keepLogs = (devFile: string, now: () => number, most = MAX_BYTES) => {
  const { current, older } = logFiles(devFile);
  let size = existsSync(current) ? statSync(current).size : 0;
  let writing = Promise.resolve();
  return {
    add: (who: string, line: string): void => {
      const kept: KeptLine = { who, at: new Date(now()).toISOString(), line };
      const text = `${JSON.stringify(kept)}\n`;
      writing = writing
        .then(async () => {
          if (size > most) {
            renameSync(current, older);
            size = 0;
          }
          if (size === 0) writeFileSync(current, '', { mode: 0o600 });
          await appendFile(current, text);
          size += Buffer.byteLength(text);
        })
        .catch(() => {});
    },
    /** Resolves once all is written. */
    done: (): Promise<void> => writing,
  };
};

const parsed = (line: string): KeptLine[] => {
  try {
    return [JSON.parse(line) as KeptLine];
  } catch {
    // The last one may be half written.
    return [];
  }
};

/** Kept lines that hold these words, the oldest first. */
export const keptLogs = async (devFile: string, words: string): Promise<readonly KeptLine[]> => {
  const { current, older } = logFiles(devFile);
  const texts = await Promise.all([older, current].map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line.includes(words))
      .flatMap(parsed),
  );
};

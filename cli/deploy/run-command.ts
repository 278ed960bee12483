import { spawn } from 'node:child_process';
import { KeyturnError } from '#schemas/codes.ts';

/** Runs one shell command with the terminal of this process, so that terraform can ask. Exit code; 127 where there is no such program. */
export type Runner = (line: string, signal: AbortSignal) => Promise<number>;

/** What `keyturn deploy --yes` may run at all. The lines are made here; nothing of a configuration stands in them unquoted. */
const KNOWN = /^(terraform|gcloud|SOURCE_DATE_EPOCH=0 docker) /;

export const runInShell: Runner = (line, signal) => {
  if (!KNOWN.test(line)) throw new KeyturnError('USAGE', `deploy does not run: ${line}`);
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line], { stdio: 'inherit', signal, killSignal: 'SIGINT' });
    child.on('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
    child.on('close', (code, killed) => resolve(code ?? (killed === null ? 1 : 130)));
  });
};

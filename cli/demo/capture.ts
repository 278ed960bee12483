import { Output } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** Runs a command as a program would call it, with --json, and gives its one JSON object. Throws what it failed with. */
export const runJson = async (
  session: Session,
  command: (session: Session) => Promise<number>,
): Promise<Readonly<Record<string, unknown>>> => {
  let text = '';
  const sink = {
    write: (part: string, done?: (error?: Error | null) => void) => {
      text += part;
      done?.();
    },
  };
  const out = new Output({ stdout: sink, stderr: sink, json: true, paint: (_, plain) => plain, watched: false });
  await command({ ...session, out });
  const result: unknown = JSON.parse(text);
  if (typeof result !== 'object' || result === null) throw new KeyturnError('UNAVAILABLE', 'the command said nothing');
  const fields = Object.fromEntries(Object.entries(result));
  if (fields.ok !== true) throw new KeyturnError('UNAVAILABLE', `${String(fields.code)}: ${String(fields.message)}`);
  return fields;
};

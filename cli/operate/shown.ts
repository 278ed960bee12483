import { dim, type Line } from '#cli/app/output.ts';
import type { Seen } from '#core/decide/why.ts';

const unseenWords = (code: string): string => (code === 'PERMISSION_DENIED' ? 'not yours to see' : `(${code})`);

/** A part as far as this identity may see it. */
export const shown = <T>(part: Seen<T>, words: (value: T) => Line): Line =>
  'value' in part ? words(part.value) : dim(`— ${unseenWords(part.unseen)}`);
export const jsonOf = <T, R>(part: Seen<T>, value: (value: T) => R): R | { unseen: string } =>
  'value' in part ? value(part.value) : { unseen: part.unseen };

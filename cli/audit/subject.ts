import type { RegisterRef, SealItem } from '#core/register/entry.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import { type Bundle, wordsOf } from './bundle.ts';
import type { Kept, KeptSeal } from './log.ts';
import type { Memory } from './memory.ts';

/** What the checks after the seal are about. */
export interface Subject {
  readonly bundle: Bundle;
  readonly law: Law;
  readonly wallet: Wallet;
  readonly log: RegisterRef;
  readonly entries: readonly Kept[];
  readonly seal: KeptSeal;
  readonly item: SealItem;
  readonly memory: Memory;
}

/** What a parser gives, or what it says against it in words. */
export const attempt = <T>(work: () => T): { readonly value: T } | { readonly problem: string } => {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
};

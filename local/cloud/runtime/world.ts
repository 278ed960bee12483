import { randomBytes } from 'node:crypto';
import type { StartedProcess } from '#local/cloud/processes/children.ts';
import { type Clock, systemClock } from './clock.ts';
import { Faults } from './faults.ts';
import { Iam } from './iam.ts';
import { type Journal, noJournal } from './journal.ts';

/** What every server of the local cloud shares. Nothing here knows of sockets: a simulation builds one on a virtual clock and a seed. */
export interface World {
  readonly project: { readonly id: string; readonly number: string };
  readonly clock: Clock;
  /** `length` random bytes, hex. The only source of randomness (names, message ids, tokens); the simulation seeds it. */
  readonly randomHex: (length: number) => string;
  readonly iam: Iam;
  readonly faults: Faults;
  readonly journal: Journal;
  /** One line about what a server did or refused, for a person who debugs. Never payloads, tokens or keys. */
  readonly note: (line: string) => void;
  /** Each process of a function or a machine, as it starts. Only for whoever looks for secrets in its environment. */
  readonly started: (process: StartedProcess) => void;
}

export const createWorld = (over: Partial<Omit<World, 'iam'>> = {}): World => {
  const clock = over.clock ?? systemClock;
  const randomHex = over.randomHex ?? ((length) => randomBytes(length).toString('hex'));
  const iam = new Iam(clock, randomHex);
  return {
    project: over.project ?? { id: 'keyturn-local', number: '123456789012' },
    clock,
    randomHex,
    iam,
    faults: over.faults ?? new Faults(() => iam.asked),
    journal: over.journal ?? noJournal,
    note: over.note ?? (() => {}),
    started: over.started ?? (() => {}),
  };
};

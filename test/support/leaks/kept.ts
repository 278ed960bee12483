import { existsSync } from 'node:fs';
import { keptRecords } from './files.ts';
import type { Place } from './scan.ts';
import { LeakWatch } from './watch.ts';

/** The watch over a lab of another process, which has its state in `folder`. */
export class KeptWatch {
  readonly #folder: string;
  readonly #watch = new LeakWatch();

  /** While the folder is there: without `--data` it goes with the lab. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#watch.guardFolder(folder);
  }

  /** Looks at what is kept by now, and at what was said. Throws LeakFound. */
  check(said: readonly Place[]): void {
    if (existsSync(this.#folder)) {
      for (const { service, record } of keptRecords(this.#folder)) this.#watch.onRecord(service, record);
      this.#watch.lookInto(this.#folder);
    }
    this.#watch.check(said);
  }
}

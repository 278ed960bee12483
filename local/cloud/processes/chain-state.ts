import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Disk, realDisk, TornFile, writeWhole } from '#local/cloud/runtime/whole-file.ts';

/** Written by the node itself, in place: a node that is killed, or a full disk, leaves half of it. */
const OWN = 'state.json';
const GOOD = 'good.json';
/** From the newest. */
const NAMES = [OWN, GOOD, 'good.previous.json'] as const;
const PREVIOUS = NAMES[2];
const TORN = 'state.torn.json';

/** What a node needs to begin from a state. The node itself looks more closely. */
const stateSchema = z.looseObject({
  block: z.looseObject({}),
  accounts: z.looseObject({}),
  best_block_number: z.union([z.string(), z.number()]),
  blocks: z.array(z.unknown()),
  transactions: z.array(z.unknown()),
});

const isWhole = (bytes: Uint8Array): boolean => {
  try {
    return stateSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).success;
  } catch {
    return false;
  }
};

export interface Kept {
  readonly name: (typeof NAMES)[number];
  readonly bytes: Uint8Array;
  /** Not what the node wrote last. */
  readonly isOlder: boolean;
  /** ms */
  readonly writtenAt: number;
}

/** The states of a chain in a folder: the node's own file, and copies of it that were whole. */
export class ChainState {
  readonly folder: string;
  readonly #disk: Disk;
  #last: Uint8Array | undefined;

  constructor(folder: string, disk: Disk = realDisk) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.#disk = disk;
  }

  #at(name: string): string {
    return join(this.folder, name);
  }

  /** Whether no state was ever kept here. */
  get isNew(): boolean {
    return !NAMES.some((name) => existsSync(this.#at(name)));
  }

  /** States that may be whole, from the newest. */
  kept(): readonly Kept[] {
    return NAMES.flatMap((name) => {
      const path = this.#at(name);
      if (!existsSync(path)) return [];
      const bytes = readFileSync(path);
      return isWhole(bytes) ? [{ name, bytes, isOlder: name !== OWN, writtenAt: statSync(path).mtimeMs }] : [];
    });
  }

  /** Puts a state where the node reads it. What lay there is moved aside, for whoever wants to look at it. */
  place({ name, bytes }: Kept): void {
    if (name === OWN) return;
    if (existsSync(this.#at(OWN))) renameSync(this.#at(OWN), this.#at(TORN));
    writeWhole(this.#at(OWN), bytes, this.#disk);
  }

  /**
   * Copies the node's file, where it is whole now, and keeps the copy before. False where the node is writing it, or could not. Throws what
   * the disk throws; then both copies are as they were.
   */
  keep(bytes: Uint8Array = existsSync(this.#at(OWN)) ? readFileSync(this.#at(OWN)) : new Uint8Array()): boolean {
    this.#last ??= existsSync(this.#at(GOOD)) ? readFileSync(this.#at(GOOD)) : new Uint8Array();
    if (bytes.length > 0 && Buffer.compare(this.#last, bytes) === 0) return true;
    if (!isWhole(bytes)) return false;
    const fresh = this.#at(`${GOOD}.fresh`);
    writeWhole(fresh, bytes, this.#disk);
    if (existsSync(this.#at(GOOD))) renameSync(this.#at(GOOD), this.#at(PREVIOUS));
    renameSync(fresh, this.#at(GOOD));
    this.#last = bytes;
    return true;
  }
}

/** That there are states, and none that a node can begin from. */
export const noneWhole = (state: ChainState, cause?: unknown): TornFile =>
  new TornFile(state.folder, 'holds no state of the chain that can be read', cause);

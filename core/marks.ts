import { openObject, openOf } from '#schemas/names.ts';
import { timeMs, timeText } from '#schemas/spellings.ts';
import type { Storage, StoredObject } from './ports.ts';

/** How far an open request has come, as a hint: the facts decide, the mark only says when to look at them. */
export const STAGES = ['received', 'accepted', 'approved', 'submitted', 'decided'] as const;
export type Stage = (typeof STAGES)[number];

/** The open mark of a request: `open/<wallet>/<id>`, raw message inside, stage and due time as metadata. */
export interface Mark {
  readonly wallet: string;
  readonly id: string;
  readonly stage: Stage;
  /** ms; a missing or unreadable due time means now (0). */
  readonly due: number;
}

export const markOf = (object: StoredObject): Mark | undefined => {
  const open = openOf(object.name);
  if (open === undefined) return undefined;
  const stage = STAGES.find((each) => each === object.metadata.stage) ?? 'received';
  return { ...open, stage, due: timeMs(object.metadata.due ?? '') ?? 0 };
};

export const markMetadata = (stage: Stage, due: number): Readonly<Record<string, string>> => ({
  stage,
  due: timeText(due),
});

/** Updates the hint. A mark that is gone is fine: its request is decided. */
export const patchMark = async (
  storage: Storage,
  work: string,
  wallet: string,
  id: string,
  stage: Stage,
  due: number,
): Promise<void> => {
  await storage.setMetadata(work, openObject(wallet, id), markMetadata(stage, due));
};

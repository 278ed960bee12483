import type { Wait } from '#core/facts/wait.ts';
import { timeText } from '#schemas/spellings.ts';

/** As --json shows it. */
export const waitJson = ({ code, at, nextNonce }: Wait) => ({
  code,
  at: timeText(at),
  nextNonce: nextNonce === undefined ? null : `${nextNonce}`,
});

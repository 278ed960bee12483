import { bad, bold, dim, good, type Line, type Output } from '#cli/app/output.ts';
import type { Happening } from './recorder.ts';

const short = (id: string): string => id.slice(0, 8);

/** What each happening is called, and who did it. */
const wordsOf = (happening: Happening): readonly [who: string, words: Line] => {
  switch (happening.kind) {
    case 'accepted':
      return ['intake', ['accepted ', bold(short(happening.id)), '; every co-signer is told']];
    case 'share-seen':
      return ['collect', `${short(happening.id)}: a share of ${happening.coSigner} is in the key bucket`];
    case 'share-bad':
      return ['workload', [bad(`${short(happening.id)}: the share of ${happening.coSigner} does not count`)]];
    case 'rejected-by':
      return ['collect', [bad(`${short(happening.id)}: ${happening.coSigner} rejected it`)]];
    case 'refused':
      return ['intake', [bad(`refused: ${happening.reason}`)]];
    case 'approved':
      return ['collect', [`${short(happening.id)}: `, good('approved'), ', a turn is due']];
    case 'machine':
      return [
        'compute',
        ['Confidential Space VM ', bold(happening.name), ` runs image ${happening.image.slice(0, 19)}…`],
      ];
    case 'sealed':
      return [
        'workload',
        [`${short(happening.id)}: attested, shares opened and joined, `, good(`sealed at nonce ${happening.nonce}`)],
      ];
    case 'broadcast':
      return ['workload', `${short(happening.id)}: read again, released, sent as ${happening.hash.slice(0, 18)}…`];
    case 'submitted':
      return ['workload', `${short(happening.id)}: submitted`];
    case 'outcome':
      return [
        'finalize',
        [
          `${short(happening.id)}: `,
          happening.outcome === 'finalized' ? good('mined and final') : bad(happening.outcome),
        ],
      ];
    case 'receipt':
      return ['finance', `${short(happening.id)}: got the receipt event`];
    default:
      return happening satisfies never;
  }
};

const clockText = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`;

/** One line of the timeline. */
export const say = (out: Output, ms: number, who: string, words: Line): void => {
  out.line([dim(`${clockText(ms)}  ${who.padEnd(9)} `), ...(Array.isArray(words) ? words : [words])]);
};

export const sayHappening = (out: Output, ms: number, happening: Happening): void => {
  const [who, words] = wordsOf(happening);
  say(out, ms, who, words);
};

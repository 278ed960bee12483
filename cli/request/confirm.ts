import { goOn } from '#cli/app/interrupt.ts';
import { bold, type Line } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { actionLines } from './render-action.ts';
import { bytesText, entriesNotShown, entriesText, notShown } from './render-data.ts';
import type { Picture } from './render-request.ts';
import { typedId } from './requests.ts';
import { sumLines } from './sums.ts';
import { warningLines } from './warnings.ts';

/** The options of a command that asks a co-signer whether this request is meant. */
export interface Confirming {
  /** Do not ask. */
  readonly yes?: boolean;
  /** All of its data and access list was shown. */
  readonly full?: boolean;
  /** Nothing is done here: commands are printed to be run elsewhere, also under --json. */
  readonly manual?: boolean;
}

const refuseHidden = (hidden: number, text: (count: number) => string, of: string): void => {
  if (hidden > 0)
    throw new KeyturnError(
      'USAGE',
      `${text(hidden)} of its ${of} ${hidden === 1 ? 'was' : 'were'} not shown: read all of it with --full`,
      { field: 'full' },
    );
};

/**
 * Throws USAGE where nobody reads what is shown and the id was cut short. Whoever writes requests can make many until one begins as another
 * does. So a short id is enough only for a person who then reads the whole request.
 */
export const mustBeWhole = ({ out }: Session, given: string, id: string, { yes }: Confirming): void => {
  if (typedId(given) === id || (yes !== true && !out.json)) return;
  const option = yes === true ? 'yes' : 'json';
  throw new KeyturnError('USAGE', `--${option} takes an id with all of its 64 digits; read it first, then give ${id}`, {
    field: option,
  });
};

/** Throws USAGE where a person would answer for what they were not shown. */
export const mustBeShown = ({ out }: Session, { request }: Picture, options: Confirming): void => {
  if (options.yes === true) return;
  if (out.json && options.manual !== true)
    throw new KeyturnError('USAGE', 'under --json nothing is shown to anybody: add --yes if you mean it', {
      field: 'yes',
    });
  const full = options.full === true;
  refuseHidden(notShown(request, full), bytesText, 'data');
  refuseHidden(entriesNotShown(request, full), entriesText, 'access list');
};

/** Whether the person means this very request. `deed`: as in `approve`. Throws USAGE where nobody can be asked. */
export const confirmed = async (
  session: Session,
  picture: Picture,
  deed: 'approve' | 'reject',
  coSigner: string,
): Promise<boolean> => {
  const { id, request, law, verdict } = picture;
  // Again, next to the question: long data or a long memo may have moved it off the screen.
  const [first = '', ...others] = actionLines(request, law, verdict);
  session.out.line([`You ${deed}, as ${coSigner}: `, first].flat());
  for (const line of others) session.out.line(['  ', line].flat());
  session.out.lines(warningLines(picture));
  session.out.line(['  its id is ', bold(id)]);
  const word = { approve: 'Approve', reject: 'Reject' }[deed];
  const answer = await session.ask(`${word} as ${coSigner}? Type the first 4 digits of the id: `);
  goOn(session.signal);
  if (answer === undefined)
    throw new KeyturnError('USAGE', 'nobody can be asked here (no terminal): add --yes if you mean it', {
      field: 'yes',
    });
  return answer.length >= 4 && id.startsWith(answer);
};

/**
 * Whether the person means all of these. Each is named with all that it does and every warning, and what they come to together. The answer holds
 * their number and the beginning of the last, so that nobody answers before the end of the list. Throws USAGE where nobody can be asked.
 */
export const confirmedAll = async (
  { out, ask, signal }: Session,
  pictures: readonly Picture[],
  coSigner: string,
): Promise<boolean> => {
  out.line(bold(`You approve, as ${coSigner}:`));
  for (const [n, picture] of pictures.entries()) {
    const { id, request, law, verdict, wallet } = picture;
    out.line([`${n + 1}. `, bold(id)]);
    for (const line of [
      ...actionLines(request, law, verdict),
      `from wallet ${wallet.name}, valid until ${request.validUntil}`,
    ])
      out.line(['   ', line].flat());
    out.lines(warningLines(picture).map((line): Line => ['  ', line].flat()));
  }
  out.rows([{ label: 'in sum', lines: sumLines(pictures) }]);
  const last = pictures.at(-1)?.id ?? '';
  const [count, word] = [pictures.length, pictures.length === 1 ? 'request' : 'requests'];
  const answer = await ask(
    `Approve ${count} ${word} as ${coSigner}? Type ${count}, a space, and the first 4 digits of the last id: `,
  );
  goOn(signal);
  if (answer === undefined)
    throw new KeyturnError('USAGE', 'nobody can be asked here (no terminal): add --yes if you mean it', {
      field: 'yes',
    });
  const [number, digits = '', ...more] = answer.trim().split(/ +/);
  return number === `${count}` && digits.length >= 4 && last.startsWith(digits) && more.length === 0;
};

/** Tells that the answer was no. */
export const notConfirmed = (
  { out }: Session,
  deed: 'approve' | 'reject',
  why = 'that is not how the id begins',
): void => {
  const word = { approve: 'approved', reject: 'rejected' }[deed];
  out.line(`Not ${word}: ${why}. Nothing was uploaded.`);
  out.result('failure', {
    ok: false,
    code: 'USAGE',
    field: 'id',
    message: 'not confirmed; nothing was uploaded',
    advice: '',
  });
};

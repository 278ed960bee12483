import type { Actor } from '#cli/console/api.ts';
import type { Deed, Model } from './model.ts';

type Asked = Pick<Model, 'request' | 'reading' | 'link' | 'cloud'>;

/** As whom the reader answers: the one they chose, or the first who may approve, or the first. */
export const readerOf = ({ request, reading }: Pick<Model, 'request' | 'reading'>): Actor | undefined => {
  const actors = request.value?.actors ?? [];
  return (
    actors.find(({ coSigner }) => coSigner === reading?.actor) ??
    actors.find(({ approve }) => approve === null) ??
    actors[0]
  );
};

/** Why a button does nothing now, for people. `recipient`: the way out is on this page. */
export type Hindrance = { readonly kind: 'recipient' | 'elsewhere' | 'busy' | 'against'; readonly message: string };

/** What keeps the reader from this answer; undefined: nothing. The process asks all of it again. */
export const hindranceOf = (model: Asked, deed: Deed): Hindrance | undefined => {
  const { reading, link, cloud } = model;
  const actor = readerOf(model);
  const against = actor?.[deed];
  if (actor === undefined) return { kind: 'elsewhere', message: 'Nobody who may answer runs this console.' };
  if (against !== null && against !== undefined) return { kind: 'against', message: against.message };
  if (reading?.answering.kind === 'sending') return { kind: 'busy', message: 'Your answer is on its way.' };
  if (link.kind === 'lost') return { kind: 'elsewhere', message: 'The console’s process does not answer.' };
  if (cloud.kind === 'down') return { kind: 'elsewhere', message: 'The cloud does not answer.' };
  if (deed === 'approve' && reading?.recipientSeen !== true)
    return { kind: 'recipient', message: 'You have not seen yet to whom it goes.' };
  return undefined;
};

/** A critical one is approved by holding alone. */
export const mayAnswer = (model: Asked, deed: Deed, held: boolean): boolean =>
  hindranceOf(model, deed) === undefined && (deed === 'reject' || held || model.request.value?.critical !== true);

import type { Picture } from '#cli/request/render-request.ts';
import { requestReading } from '#cli/request/render-request.ts';
import { type Kind, readingJson } from '#cli/request/told.ts';
import { warningsOf } from '#cli/request/warnings.ts';
import { hashOf } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';

/**
 * What others answer meanwhile is no other request, and a prediction moves with each block. All else that was shown must still be so when somebody
 * answers.
 */
const MOVING: readonly Kind[] = ['progress', 'simulation'];

/** 64 hex digits that stand for all that is shown of it, as it is shown at `now` (ms). */
export const renderingOf = (picture: Picture, now: number): string => {
  const then = { ...picture, now };
  return hashOf({
    id: picture.id,
    lines: readingJson(requestReading(then, true)).filter(({ kind }) => !MOVING.includes(kind)),
    warnings: warningsOf(then).map(({ text, critical = false, detail = [] }) => ({ text, critical, detail })),
  });
};

export const isCritical = (picture: Picture): boolean => warningsOf(picture).some(({ critical }) => critical === true);

const MOST = 200;

const unread = (message: string): KeyturnError => new KeyturnError('NOT_SHOWN', message, { field: 'rendering' });

/** What this process has shown to the page that is open, and when. Nobody answers for anything else. */
export class Rendered {
  readonly #shown = new Map<string, Pick<Picture, 'id' | 'now' | 'simulation'>>();

  /** Gives what stands for it. */
  note(picture: Picture): string {
    const rendering = renderingOf(picture, picture.now);
    this.#shown.delete(rendering);
    const { id, now, simulation } = picture;
    this.#shown.set(rendering, { id, now, ...(simulation === undefined ? {} : { simulation }) });
    const [oldest] = this.#shown.keys();
    if (this.#shown.size > MOST && oldest !== undefined) this.#shown.delete(oldest);
    return rendering;
  }

  /** Throws NOT_SHOWN where this page was not shown that request, in that form. */
  mustBeShown(id: string, rendering: string): void {
    if (this.#shown.get(rendering)?.id !== id) throw unread('this page was not shown this request');
  }

  /** Throws NOT_SHOWN where it would be shown otherwise now. `picture`: as it is now. */
  mustBeSame(picture: Picture, rendering: string): void {
    this.mustBeShown(picture.id, rendering);
    const then = this.#shown.get(rendering)?.now ?? picture.now;
    if (renderingOf(picture, then) !== rendering) throw unread('it has changed since it was shown');
  }

  /**
   * The picture with what the nodes said when it was shown, and when that was. A hostile contract can say another thing a moment later. What is
   * kept beside the share must be what was read.
   */
  asShown(picture: Picture, rendering: string): Picture {
    const { simulation: _, ...rest } = picture;
    return { ...rest, ...this.#shown.get(rendering) };
  }

  /** Another page was opened: it has read nothing yet. */
  forget(): void {
    this.#shown.clear();
  }
}

/** What an observer tells of a thing: heights in pixels. */
export interface InView {
  readonly ratio: number;
  readonly visible: number;
  readonly room: number;
}

/** Seen whole; or, where it is higher than the window, most of the window is it. */
export const isSeen = ({ ratio, visible, room }: InView): boolean =>
  ratio >= 0.98 || (room > 0 && visible >= room * 0.8);

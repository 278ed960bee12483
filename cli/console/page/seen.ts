import { type ComponentChildren, h, type JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isSeen } from './in-view.ts';

const STEPS = [0, 0.25, 0.5, 0.75, 0.9, 0.98, 1];

/** Tells once when what is in it was in view. A window that nobody looks at shows nothing to anybody. */
export const Seen = ({ onSeen, children }: { onSeen: () => void; children: ComponentChildren }): JSX.Element => {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const own = place.current;
    if (own === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last === undefined || document.visibilityState !== 'visible') return;
        const { intersectionRatio: ratio, intersectionRect, rootBounds } = last;
        if (isSeen({ ratio, visible: intersectionRect.height, room: rootBounds?.height ?? 0 })) {
          observer.disconnect();
          onSeen();
        }
      },
      { threshold: STEPS },
    );
    observer.observe(own);
    return () => observer.disconnect();
  }, [onSeen]);
  return h('div', { ref: place, class: 'recipient' }, children);
};

import { h, type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { afterHold, HOLD_MS, type Hold, type HoldEvent, IDLE } from './hold.ts';

export interface HoldProps {
  readonly label: string;
  /** Id of what says why it does nothing now; undefined: it does. */
  readonly hindered: string | undefined;
  readonly onDone: () => void;
}

const HINTS: Readonly<Record<Hold['kind'], string>> = {
  idle: 'Hold it for a second and a half.',
  held: 'Keep holding …',
  early: 'Let go too early: nothing was approved. Hold it until the bar is full.',
  done: '',
  refused: 'This button must be held. If you cannot hold it, type the first digits of the id below.',
};

/** A button that acts once it was held, by a finger, a mouse, the space bar or the enter key. */
export const HoldButton = ({ label, hindered, onDone }: HoldProps): JSX.Element => {
  const [hold, setHold] = useState<Hold>(IDLE);
  const now = useRef<Hold>(IDLE);
  const step = (event: HoldEvent): void => {
    const next = afterHold(now.current, event);
    if (next === now.current) return;
    now.current = next;
    setHold(next);
    if (next.kind === 'done') onDone();
  };
  const isHeld = hold.kind === 'held';
  useEffect(() => {
    if (!isHeld) return undefined;
    const timer = setTimeout(() => step({ kind: 'tick', at: performance.now() }), HOLD_MS + 20);
    const cancel = (): void => step({ kind: 'cancel' });
    window.addEventListener('blur', cancel);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('blur', cancel);
    };
  }, [isHeld]);
  // What hinders meanwhile, such as a cloud that is down, takes back what was begun.
  useEffect(() => {
    if (hindered === undefined) return;
    now.current = IDLE;
    setHold(IDLE);
  }, [hindered]);
  const down = (by: 'pointer' | 'key'): void => {
    if (hindered === undefined) step({ kind: 'down', by, at: performance.now() });
  };
  const up = (): void => step({ kind: 'up', at: performance.now() });
  const isKey = ({ key }: KeyboardEvent): boolean => key === ' ' || key === 'Enter';
  return h(
    'div',
    { class: 'hold' },
    h(
      'button',
      {
        type: 'button',
        id: 'approve',
        class: `act approve held${isHeld ? ' holding' : ''}`,
        'aria-disabled': hindered === undefined ? undefined : 'true',
        'aria-describedby': hindered ?? 'hold-hint',
        onPointerDown: (event: PointerEvent) => event.button === 0 && down('pointer'),
        onPointerUp: up,
        onPointerLeave: () => step({ kind: 'cancel' }),
        onPointerCancel: () => step({ kind: 'cancel' }),
        onKeyDown: (event: KeyboardEvent) => {
          if (!isKey(event)) return;
          // Else the key would click, and the space bar scroll.
          event.preventDefault();
          if (!event.repeat) down('key');
        },
        onKeyUp: (event: KeyboardEvent) => isKey(event) && up(),
        onBlur: () => step({ kind: 'cancel' }),
        onContextMenu: (event: Event) => event.preventDefault(),
        onClick: () => hindered === undefined && step({ kind: 'click' }),
      },
      h('span', { class: 'fill', 'aria-hidden': 'true' }),
      h('span', { class: 'label' }, label),
    ),
    h('p', { id: 'hold-hint', class: 'hint', 'aria-live': 'polite' }, hindered === undefined ? HINTS[hold.kind] : ''),
  );
};

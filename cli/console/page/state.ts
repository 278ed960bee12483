import { type ComponentChildren, h, type JSX } from 'preact';
import type { Failure } from '#cli/console/api.ts';
import type { Loaded } from './model.ts';
import { rich } from './parts.ts';

export const failureNotice = ({ code, message, advice }: Failure, what: string): JSX.Element =>
  h(
    'div',
    { class: 'notice danger', role: 'alert' },
    h('p', null, h('strong', null, what), ' ', rich(message), ' ', h('code', null, code)),
    advice === '' ? null : h('p', null, rich(advice)),
  );

/** What was asked for, once it is there. What came before stays while newer things are asked for, and where they did not come. */
export const state = <T>(
  { value, failure, loading }: Loaded<T>,
  name: string,
  view: (value: T) => ComponentChildren,
): JSX.Element =>
  h(
    'div',
    { class: 'state-of', 'aria-busy': loading && value === undefined ? 'true' : undefined },
    failure === undefined
      ? null
      : failureNotice(
          failure,
          value === undefined ? `Could not read ${name}.` : `Could not read ${name} again; this is older.`,
        ),
    value === undefined && failure === undefined ? h('p', { class: 'lead' }, `Reading ${name} …`) : null,
    value === undefined ? null : view(value),
  );

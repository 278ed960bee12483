import { h, type JSX } from 'preact';
import { useState } from 'preact/hooks';
import { areTheDigits, DIGITS } from './digits.ts';

export interface DigitsProps {
  readonly id: string;
  readonly hindered: string | undefined;
  readonly onDone: () => void;
}

/** The other way for whoever cannot hold a button: a screen reader, a switch, a voice. It is what the terminal asks. */
export const DigitsForm = ({ id, hindered, onDone }: DigitsProps): JSX.Element => {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (hindered !== undefined) return;
    const right = areTheDigits(typed, id);
    setWrong(!right);
    if (right) onDone();
  };
  return h(
    'details',
    { class: 'digits' },
    h('summary', null, 'I cannot hold a button'),
    h(
      'form',
      { onSubmit: submit },
      h('label', { for: 'digits' }, `Type the first ${DIGITS} digits of the id`),
      h('input', {
        id: 'digits',
        type: 'text',
        maxLength: 8,
        autoComplete: 'off',
        autoCapitalize: 'off',
        spellcheck: false,
        value: typed,
        'aria-describedby': 'digits-wrong',
        'aria-invalid': wrong ? 'true' : undefined,
        onInput: (event: Event) => setTyped((event.currentTarget as HTMLInputElement).value),
      }),
      h(
        'button',
        {
          type: 'submit',
          class: 'act',
          'aria-disabled': hindered === undefined ? undefined : 'true',
          'aria-describedby': hindered,
        },
        'Approve',
      ),
      h(
        'p',
        { id: 'digits-wrong', class: 'danger', 'aria-live': 'polite' },
        wrong ? 'These are not its first digits. Nothing was approved.' : '',
      ),
    ),
  );
};

/** How many digits of the id stand for holding the button: as many as the terminal asks for. */
export const DIGITS = 4;

export const areTheDigits = (typed: string, id: string): boolean =>
  typed.trim().toLowerCase().replace(/^0x/, '') === id.slice(0, DIGITS);

/**
 * What one check of an audit came to. `unchecked`: nothing here proves it or refutes it, and `because` says what is missing. `because` of a pass
 * says what was seen.
 */
export interface Check {
  readonly name: string;
  readonly result: 'pass' | 'fail' | 'unchecked';
  readonly because: string;
}

export const pass = (name: string, because: string): Check => ({ name, result: 'pass', because });
export const fail = (name: string, because: string): Check => ({ name, result: 'fail', because });
export const unchecked = (name: string, because: string): Check => ({ name, result: 'unchecked', because });

/** Pass where there is no problem. */
export const judged = (name: string, problem: string | undefined, seen: string): Check =>
  problem === undefined ? pass(name, seen) : fail(name, problem);

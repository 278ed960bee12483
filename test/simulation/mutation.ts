/** One place in the source that is made wrong. `from` stands there exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * One line of the protocol, made wrong. It has more than one edit where a second line of defence asks the same question again. Within 2,000
 * histories of `profile` a promise must break whose name begins with `breaks`, the number of the invariant in SECURITY.md, "Invariants".
 * Caught by anything else, say a TypeError of the mutant's own, it is not caught.
 */
export interface Mutation {
  readonly name: string;
  readonly profile: string;
  readonly breaks: readonly string[];
  readonly edits: readonly Edit[];
}

export const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

export const mutation = (name: string, profile: string, breaks: string, ...edits: readonly Edit[]): Mutation => ({
  name,
  profile,
  breaks: breaks.split(' '),
  edits,
});

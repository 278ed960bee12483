/** One line of the protocol, made wrong. `from` stands exactly once in `file`; within 2,000 histories of `profile` a promise must break. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly profile: string;
}

export const mutation = (name: string, profile: string, file: string, from: string, to: string): Mutation => ({
  name,
  profile,
  file,
  from,
  to,
});

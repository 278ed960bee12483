/** Questions by which two entries can be found to conflict. */
export type Question = 'id' | 'reference' | 'nonce' | 'close';

/** Which generations a listing shows: all of them, or the live ones only. */
export type Generations = 'all' | 'live';

/** The rules of docs/register.md, each as a choice. A mutant makes one choice differently. */
export interface Protocol {
  readonly firstRead: Generations;
  readonly secondRead: Generations;
  /** What the second read demands: nothing listed conflicts with it | one generation at its name | nothing at all. */
  readonly releases: 'conflictFree' | 'sole' | 'always';
  /** What the second read asks. The first read asks all of it. */
  readonly asks: readonly Question[];
  readonly firstAsksNonce: boolean;
  /** How somebody else's seal is completed: with a read of one's own | blindly. */
  readonly completes: 'reads' | 'blindly';
  /** Bytes leave memory after create and read | before the create. */
  readonly releasedWhen: 'after' | 'before';
  /** Next nonce: highest sealed + 1 | that of the newest seal + 1 | whatever a node says. */
  readonly nonce: 'highest' | 'newest' | 'rpc';
  /** First name above the newest seal that never had a generation | above the newest seal or close. */
  readonly place: 'firstFree' | 'aboveNewest';
  /** Whose closes bind a machine: anyone's | those that the wallet signed (nobody can) | kept outside the register. */
  readonly closes: 'anyone' | 'signed' | 'outside';
  /** A close is believed: where no seal of the id is listed | by its place | like `sole` | by who wins the create. */
  readonly believes: 'conflictFree' | 'bySeq' | 'sole' | 'onCreate';
  /** What counts only until validUntil and slack: reads and beliefs | beliefs | reads | neither. */
  readonly limit: 'both' | 'belief' | 'read' | 'none';
  /** A listing is no snapshot; its pages come in this order (in scenarios with pages). */
  readonly pages: 'newestFirst' | 'oldestFirst';
  /** The hash of the previous entry is evidence | decides what counts. */
  readonly chain: 'evidence' | 'decides';
  /** A seal counts only at the name that its body gives. */
  readonly nameInBody: boolean;
  /** Junk keeps its name taken, and counts as a generation. */
  readonly junkCounts: boolean;
  /** A close against a seal counts | not if it was created a minute or more after that seal. */
  readonly laterCloses: 'count' | 'dated';
  /** A checkpoint is used where the listing shows its set | where it shows that and more, taken for junk it left out | always. */
  readonly checkpointSet: 'listed' | 'among' | 'unlisted';
  /** What a checkpoint leaves out of its notes. */
  readonly checkpointOmits: 'nothing' | 'reference' | 'close' | 'replacement';
  /** Whose sums a machine takes: those made under its own law | any. */
  readonly checkpointLaw: 'own' | 'any';
  /** An hour is in the sums until its last second left the window | until it is over. */
  readonly checkpointHours: 'whole' | 'early';
  /** The second read must list the seal itself. */
  readonly asksOwn: boolean;
}

export const ALL_QUESTIONS: readonly Question[] = ['id', 'reference', 'nonce', 'close'];

/** The protocol that this project runs. */
export const PROTOCOL: Protocol = {
  firstRead: 'all',
  secondRead: 'all',
  releases: 'conflictFree',
  asks: ALL_QUESTIONS,
  firstAsksNonce: true,
  completes: 'reads',
  releasedWhen: 'after',
  nonce: 'highest',
  place: 'firstFree',
  closes: 'anyone',
  believes: 'conflictFree',
  limit: 'both',
  pages: 'newestFirst',
  chain: 'evidence',
  nameInBody: true,
  junkCounts: true,
  laterCloses: 'count',
  checkpointSet: 'listed',
  checkpointOmits: 'nothing',
  checkpointLaw: 'own',
  checkpointHours: 'whole',
  asksOwn: true,
};

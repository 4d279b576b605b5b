// What is known of one customer when somebody asks why its contact is as it is.

/** A version of the customer, without anything about the person. */
export interface Version {
  /** To all seven digits. */
  modifiedOn: string;
  active: boolean;
  mergedToId: string | null;
}

/**
 * What ServiceTitan showed when it was asked just now; `undefined` is what it showed in a form that can't be
 * read.
 */
export type Shown =
  | { found: true; modifiedOn: string; active: boolean | undefined; mergedToId: string | null | undefined }
  | { found: false }
  /** It was not asked, or did not answer; why, in words. */
  | { reason: string };

export type Outcome = 'created' | 'updated' | 'unchanged' | 'stale' | 'set_aside';

export interface Read {
  at: string;
  instanceId: string;
  feed: string;
  outcomes: Outcome[];
}

export interface Facts {
  workspace: {
    condition: string;
    activity: string;
    /** Of the last finished run. */
    lastError: string | null;
    timeZone: string | null;
    nextTickAt: string | null;
    cursor: string | null;
    initialSyncCompleted: boolean;
  };
  overlapSeconds: number;
  /** Null: there is no such contact. */
  stored: (Version & { isOfOtherTenant: boolean }) | null;
  shown: Shown;
  /** Names of the fields in which the two differ; null when they could not be compared. */
  differing: string[] | null;
  /** Those of them that the product changed in the contact. */
  edited: string[];
  lastRead: Read | null;
  quarantine: { feed: string; reason: string; attempts: number; lastSeenAt: string }[];
}

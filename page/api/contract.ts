// What the Worker answers, as far as the page reads it. GET /openapi.json has the whole.

/** How the data of a workspace stands, whatever runs. */
export type Condition =
  | 'fresh'
  | 'late'
  | 'failing'
  | 'refused'
  | 'first_sync'
  | 'paused'
  | 'outside_hours'
  | 'disconnected';

/** What is being done about it. */
export type Activity = 'idle' | 'queued' | 'syncing' | 'retrying';

export interface LiveRun {
  instanceId: string;
  mode: string | null;
  phase: string | null;
  startedAt: string | null;
  elapsedSeconds: number;
  /** Customers read. */
  fetched: number;
  throughContacts: number;
  /** Phones and e-mails read, which come before the customers in an initial sync. */
  contactMethods: number;
  /** Customers of the whole window; null where nobody knows. */
  expected: number | null;
  created: number;
  updated: number;
  unchanged: number;
  errors: number;
  perSecond: number | null;
  secondsLeft: number | null;
}

export interface Doubt {
  code: string;
  says: string;
}

export interface Workspace {
  workspaceId: string;
  name: string | null;
  tenantId: string | null;
  environment: string | null;
  timeZone: string | null;
  paused: boolean;
  condition: Condition;
  conditionText: string;
  activity: Activity;
  activityText: string;
  businessHours: { start: number; end: number; open: boolean };
  nextTickAt: string | null;
  cursor: string | null;
  ageSeconds: number | null;
  freshness: { p50Seconds: number | null; worstSeconds: number | null };
  totals: { customersSynced: number; lastCreated: number; lastUpdated: number; lastErrors: number };
  quarantined: number;
  lastError: string | null;
  lastCompletedAt: string | null;
  /** What the last run that ended could not make sure of. */
  doubts: Doubt[];
  proof: { proved: boolean; text: string; asOf: string | null; underWay: boolean };
  run: LiveRun | null;
}

export interface WorkspacesAnswer {
  now: string;
  /** From which age on data is late in business hours. */
  lateSeconds: number;
  workspaces: Workspace[];
  nextAfter: string | null;
}

export interface SetAside {
  customerId: string;
  feed: string;
  reason: string;
  attempts: number;
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface WorkspaceAnswer {
  now: string;
  lateSeconds: number;
  workspace: Workspace;
  quarantine: SetAside[];
  quarantined: number;
}

export interface Run {
  instanceId: string;
  createdAt: string;
  trigger: string;
  mode: string | null;
  status: string;
  startedAt: string | null;
  finishedAt: string | null;
  durationSeconds: number | null;
  pages: number;
  fetched: number;
  throughContacts: number;
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  errors: number;
  serviceTitanCalls: number;
  error: string | null;
}

export interface RunsAnswer {
  runs: Run[];
  nextBefore: string | null;
}

export interface Step {
  name: string;
  status: string;
  attempts: number;
  startedAt: string | null;
  durationSeconds: number | null;
}

export interface RunProgress {
  workspaceId: string;
  status: string;
  mode: string | null;
  trigger: string;
  predecessor: string | null;
  windowFrom: string | null;
  pages: number;
  fetched: number;
  throughContacts: number;
  created: number;
  updated: number;
  unchanged: number;
  stale: number;
  errors: number;
  serviceTitanCalls: number;
  startedAt: string | null;
  finishedAt: string | null;
  elapsedSeconds: number;
  error: string | null;
}

export interface StatusAnswer {
  instanceId: string | null;
  /** Of the Workflow engine, which forgets a finished run after a while. */
  status: { status: string };
  progress: RunProgress | null;
  /** Null once the engine has forgotten them. */
  steps?: Step[] | null | undefined;
}

/** One part of the deployment. */
export interface Check {
  check: string;
  result: 'ok' | 'warn' | 'fail';
  message: string;
  advice: string | null;
}

export interface DoctorAnswer {
  checks: Check[];
}

/** One plain sentence, and the data it was made of. */
export interface WhyAnswer {
  sentence: string;
  [field: string]: unknown;
}

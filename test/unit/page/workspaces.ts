import type { Workspace } from '../../../page/api/contract.ts';

/** A workspace as the Worker answers it, fresh unless told otherwise. */
export function workspace(workspaceId: string, fields: Partial<Workspace> = {}): Workspace {
  return {
    workspaceId,
    name: `Firm ${workspaceId}`,
    tenantId: '410387862',
    environment: 'production',
    timeZone: 'America/Denver',
    paused: false,
    condition: 'fresh',
    conditionText: 'Fresh: data is 4 minutes old.',
    activity: 'idle',
    activityText: 'The next sync is at 14:15.',
    businessHours: { start: 6, end: 20, open: true },
    nextTickAt: null,
    cursor: null,
    ageSeconds: 240,
    freshness: { p50Seconds: 400, worstSeconds: 880 },
    totals: { customersSynced: 0, lastCreated: 0, lastUpdated: 0, lastErrors: 0 },
    quarantined: 0,
    lastError: null,
    lastCompletedAt: null,
    doubts: [],
    proof: { proved: false, text: 'Not compared yet.', asOf: null, underWay: false },
    run: null,
    ...fields,
  };
}

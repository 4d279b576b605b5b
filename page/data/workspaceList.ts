import type { Workspace, WorkspacesAnswer } from '../api/contract.ts';

/** A workspace, and when it was read: its age goes on from there. */
export interface Known extends Workspace {
  readAt: number;
}

/**
 * The workspaces of all pages of `GET /workspaces`, which are read one after another and round again, so that a thousand
 * workspaces are never asked for at once. One that no page has shown for a whole round is gone.
 */
export interface WorkspaceList {
  byId: ReadonlyMap<string, Known & { round: number }>;
  /** From which age on data is late in business hours; null before the first answer. */
  lateSeconds: number | null;
  /** Counts how often all pages have been read. */
  round: number;
  /** Where the next page begins; null for the first. */
  after: string | null;
}

export const EMPTY_LIST: WorkspaceList = { byId: new Map(), lateSeconds: null, round: 0, after: null };

export function withPage(list: WorkspaceList, answer: WorkspacesAnswer, readAt: number): WorkspaceList {
  const { round } = list;
  const byId = new Map(list.byId);
  for (const workspace of answer.workspaces) byId.set(workspace.workspaceId, { ...workspace, readAt, round });
  const { lateSeconds, nextAfter: after } = answer;
  if (after !== null) return { byId, lateSeconds, round, after };
  for (const [id, workspace] of byId) if (workspace.round < round) byId.delete(id);
  return { byId, lateSeconds, round: round + 1, after };
}

/** One that was read by itself, because a run is under way. */
export function withWorkspace(list: WorkspaceList, workspace: Workspace, readAt: number): WorkspaceList {
  const before = list.byId.get(workspace.workspaceId);
  if (before === undefined) return list;
  return {
    ...list,
    byId: new Map(list.byId).set(workspace.workspaceId, { ...workspace, readAt, round: before.round }),
  };
}

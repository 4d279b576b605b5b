import { call, type Call, Refusal } from './call.ts';
import type {
  DoctorAnswer,
  RunsAnswer,
  StatusAnswer,
  WhyAnswer,
  WorkspaceAnswer,
  WorkspacesAnswer,
} from './contract.ts';

/** Everything the page asks of the Worker. */
export interface Api {
  /** One page of the list; `after` is the `nextAfter` of the page before. */
  workspaces(after: string | null): Promise<WorkspacesAnswer>;
  workspace(workspaceId: string): Promise<WorkspaceAnswer>;
  runs(workspaceId: string, before: string | null): Promise<RunsAnswer>;
  run(instanceId: string): Promise<StatusAnswer>;
  /** What is wrong with the deployment. */
  doctor(): Promise<DoctorAnswer>;
  why(workspaceId: string, customerId: string): Promise<WhyAnswer>;
  /** Starts a sync; `full` compares everything. */
  trigger(of: {
    workspaceId: string;
    tenantId: string;
    mode?: 'full';
  }): Promise<{ instanceId: string; noted: boolean }>;
  pause(workspaceId: string): Promise<void>;
  resume(workspaceId: string): Promise<void>;
}

const query = (values: Record<string, string | null>) =>
  new URLSearchParams(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null));

/** `onUnauthorized` is told when the token is not taken any more. */
export function createApi(token: string | null, onUnauthorized: () => void): Api {
  const ask = async <Answer>(request: Call): Promise<Answer> => {
    try {
      return await call<Answer>(token, request);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) onUnauthorized();
      throw error;
    }
  };
  const connection = (workspaceId: string, action: string) =>
    ask<void>({ method: 'POST', path: `/connections/${encodeURIComponent(workspaceId)}/${action}`, body: {} });
  const at = (workspaceId: string) => `/workspaces/${encodeURIComponent(workspaceId)}`;
  return {
    workspaces: (after) => ask({ path: `/workspaces?${query({ after })}` }),
    workspace: (workspaceId) => ask({ path: at(workspaceId) }),
    runs: (workspaceId, before) => ask({ path: `${at(workspaceId)}/runs?${query({ before })}` }),
    run: (instanceId) => ask({ path: `/status?${query({ instanceId })}` }),
    doctor: () => ask({ path: '/doctor' }),
    why: (workspaceId, customerId) => ask({ path: `/why?${query({ workspaceId, customerId })}` }),
    trigger: (of) => ask({ method: 'POST', path: '/trigger', body: of }),
    pause: (workspaceId) => connection(workspaceId, 'pause'),
    resume: (workspaceId) => connection(workspaceId, 'resume'),
  };
}

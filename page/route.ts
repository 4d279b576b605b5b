// Where in the page one is: kept behind the # of the address, which never reaches a server.

export type Route =
  | { view: 'workspaces' }
  | { view: 'workspace'; workspaceId: string }
  | { view: 'run'; instanceId: string }
  | { view: 'why' }
  | { view: 'doctor' }
  | { view: 'unknown' };

export function parseRoute(hash: string): Route {
  const [view = '', id, ...more] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  if (view === '') return { view: 'workspaces' };
  if ((view === 'why' || view === 'doctor') && id === undefined) return { view };
  if (id && more.length === 0) {
    if (view === 'workspaces') return { view: 'workspace', workspaceId: id };
    if (view === 'runs') return { view: 'run', instanceId: id };
  }
  return { view: 'unknown' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const toWorkspaces = '#/';
export const toWhy = '#/why';
export const toDoctor = '#/doctor';
export const toWorkspace = (workspaceId: string) => `#/workspaces/${encodeURIComponent(workspaceId)}`;
export const toRun = (instanceId: string) => `#/runs/${encodeURIComponent(instanceId)}`;

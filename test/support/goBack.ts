// The database of the tests goes back: moments.ts, on the tests' own connection.
import { admin } from './database.ts';
import * as moments from './moments.ts';

export { type Moment, SYNC_TABLES, type SyncTable } from './moments.ts';

export const takeMoment = (workspaceId: string, tables?: readonly string[]) =>
  moments.takeMoment(admin, workspaceId, tables);

export const goBack = (moment: moments.Moment, tables?: readonly string[]) => moments.goBack(admin, moment, tables);

// Every answer that a hosted project is known to give in place of data has words of its own.
import { expect, test } from 'vitest';
import { DatabaseError } from '../../../src/errors.ts';
import { KNOWN_ANSWERS } from '../../../supabase/functions/_shared/databaseAnswers.ts';

/** Status, code, what is to be read, and whether hosted projects have said it in passing, of a call that was right. */
const ANSWERS: [status: number, code: string | undefined, told: string, saidInPassing?: true][] = [
  [503, '08000', 'could not reach the database'],
  [503, '08001', 'could not reach the database'],
  [503, '08003', 'could not reach the database'],
  [503, '08004', 'could not reach the database'],
  [503, '08006', 'could not reach the database'],
  [503, '08P01', 'could not reach the database'],
  [405, '25006', 'its disk is full: free space or enlarge the disk'],
  [403, '28000', 'did not take the token', true],
  [403, '28P01', "the Data API's own login is refused"],
  [500, '40001', 'it met another write'],
  [500, '40P01', 'a deadlock'],
  [403, '42501', 'apply the migrations', true],
  [400, '42703', 'apply the migrations', true],
  [404, '42883', 'apply the migrations', true],
  [404, '42P01', 'apply the migrations', true],
  [503, '53100', 'disk is full: free space'],
  [503, '53200', 'no memory left'],
  [503, '53300', 'got no connection'],
  [503, '53400', 'got no connection'],
  [500, '54001', 'calls itself without end'],
  [500, '55P03', 'a row is locked by something else'],
  [500, '57014', 'longer than the database allows a statement'],
  [500, '57P01', 'starting or shutting down'],
  [500, '57P02', 'starting or shutting down'],
  [500, '57P03', 'starting or shutting down'],
  [500, '57P05', 'got no connection'],
  [500, '58030', 'can not read or write its disk'],
  [400, 'P0001', 'a trigger of your tables refused it'],
  [503, 'PGRST000', 'could not reach the database'],
  [503, 'PGRST001', 'could not reach the database'],
  [503, 'PGRST002', 'could not reach the database'],
  [504, 'PGRST003', 'got no connection'],
  [406, 'PGRST106', 'does not expose the schema public: add it under Exposed schemas'],
  [404, 'PGRST125', 'SUPABASE_URL has to end with the host'],
  [404, 'PGRST202', 'apply the migrations', true],
  [300, 'PGRST203', 'apply the migrations', true],
  [400, 'PGRST204', 'apply the migrations', true],
  [404, 'PGRST205', 'apply the migrations', true],
  [500, 'PGRST300', 'has no secret to check keys with', true],
  [401, 'PGRST301', 'could not read the token', true],
  [401, 'PGRST302', 'without the token', true],
  [401, 'PGRST303', 'as where the clocks of the two differ', true],
  [500, 'XX000', 'the database failed in itself'],
  [500, 'XX001', 'restore a backup'],
  [500, 'XX002', 'restore a backup'],
  [401, undefined, "put a secret key of this project into the Worker's SUPABASE_SECRET_KEY", true],
  [402, undefined, 'Supabase has restricted the project: see its usage and its billing'],
  [403, undefined, 'network restrictions'],
  [404, undefined, 'there is no Data API at this address: check SUPABASE_URL'],
  [405, undefined, 'check SUPABASE_URL'],
  [413, undefined, 'lower EDGE_FUNCTION_CHUNK_SIZE and INITIAL_CHUNK_SIZE'],
  [429, undefined, 'asks for fewer calls'],
  [504, undefined, 'longer than Supabase waits'],
  [521, undefined, 'whether it is paused'],
  [522, undefined, 'whether it is paused'],
  [540, undefined, 'the project is paused: restore it in the dashboard'],
  [544, undefined, 'longer than Supabase waits'],
  [500, undefined, 'check that the Supabase project is up'],
  [0, undefined, 'check that the Supabase project is up'],
];

test.for(ANSWERS)(
  'status %i with code %s is told in words of its own',
  ([status, code, told, saidInPassing = false]) => {
    const error = new DatabaseError('the SQL function claim_servicetitan_runs', status, code);
    expect(error.message).toContain(`(status ${status}, code ${code ?? 'none'}): `);
    expect(error.message).toContain(told);
    expect(error.message.length).toBeLessThan(500);
    expect(error.retryable).toBe(true);
    const { meanwhile } = error;
    expect(meanwhile?.endsWith('that may pass, and the sync tries again by itself.') ?? false).toBe(saidInPassing);
  },
);

test('each answer of the table has its row here', () => {
  const tried = ANSWERS.map(([status, code]) => code ?? String(status));
  expect(KNOWN_ANSWERS.filter((answer) => !tried.includes(answer))).toEqual([]);
});

test.for([
  [500, 'Lucia Ortega'],
  [500, '58ABC'],
  [418, 'PGRST999'],
] as const)('status %i with code %s, which nobody knows, copies nothing', ([status, code]) => {
  const { message } = new DatabaseError('the table contacts', status, code);
  expect(message).toContain('check that the Supabase project is up');
  expect(message).not.toContain('Ortega');
});

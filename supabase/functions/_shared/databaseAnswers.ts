// What a hosted project is known to answer in place of data, and what a person has to do: a closed table. Codes come before
// statuses, because the Data API gives many codes one status.

interface Known {
  /** What happened, and what to do; without an end. */
  advice: string;
  /**
   * Hosted projects have said it once to a call that was right. While another attempt follows nobody is told to act.
   */
  saidInPassing?: true;
}

const AGAIN = 'the sync tries again by itself';
const MIGRATIONS: Known = {
  advice: 'apply the migrations in supabase/migrations to this project',
  saidInPassing: true,
};
const CONNECTIONS: Known = {
  advice: `the Data API could not reach the database or got no connection; ${AGAIN}, and if this lasts look at the project's connections and its compute size`,
};
const STARTING: Known = { advice: `the database is starting or shutting down; ${AGAIN}` };
/**
 * Of the token that Supabase's gateway makes of a secret key for each call. A right key may be refused for the gateway's sake:
 * https://github.com/supabase/supabase/issues/50651
 */
const token = (what: string): Known => ({
  advice: `${what}; that is no sign of a wrong key: see Supabase's status page, and if nothing is told there, open a case with Supabase`,
  saidInPassing: true,
});
const CORRUPTED: Known = { advice: 'the database found its own files damaged: restore a backup, or ask Supabase' };

/** By SQLSTATE, or by the Data API's own code. */
const BY_CODE: Record<string, Known> = {
  '08000': CONNECTIONS,
  '08001': CONNECTIONS,
  '08003': CONNECTIONS,
  '08004': CONNECTIONS,
  '08006': CONNECTIONS,
  '08P01': CONNECTIONS,
  '25006': {
    advice:
      'the database takes no writes, mostly because its disk is full: free space or enlarge the disk in the dashboard, under Database settings; the sync goes on by itself then',
  },
  '28000': token("the database did not take the token that Supabase's gateway makes of the key"),
  '28P01': { advice: `the Data API's own login is refused; ${AGAIN}, and if this lasts restart the project` },
  '40001': { advice: `it met another write; ${AGAIN}` },
  '40P01': { advice: `it met a deadlock with something else that writes; ${AGAIN}` },
  '42501': MIGRATIONS,
  '42703': MIGRATIONS,
  '42883': MIGRATIONS,
  '42P01': MIGRATIONS,
  '53100': {
    advice: "the database's disk is full: free space or enlarge it in the dashboard, under Database settings",
  },
  '53200': { advice: `the database has no memory left; ${AGAIN}, and if this lasts take a larger compute size` },
  '53300': CONNECTIONS,
  '53400': CONNECTIONS,
  '54001': {
    advice: 'a trigger of your tables calls itself without end: look at the triggers of contacts and workspaces',
  },
  '55P03': { advice: `a row is locked by something else; ${AGAIN}, and if this lasts look for long transactions` },
  '57014': {
    advice: `it took longer than the database allows a statement; ${AGAIN}, and if this lasts look for locks and load in the database`,
  },
  '57P01': STARTING,
  '57P02': STARTING,
  '57P03': STARTING,
  '57P05': CONNECTIONS,
  '58030': {
    advice: 'the database can not read or write its disk: look at the project in the dashboard, or ask Supabase',
  },
  P0001: { advice: 'a trigger of your tables refused it: look at the triggers of contacts and workspaces' },
  PGRST000: CONNECTIONS,
  PGRST001: CONNECTIONS,
  // Its schema is not read yet. The Data API says so too where there is no database to read it from.
  PGRST002: CONNECTIONS,
  PGRST003: CONNECTIONS,
  PGRST106: {
    advice:
      'the Data API does not expose the schema public: add it under Exposed schemas, in the dashboard under API settings',
  },
  PGRST125: { advice: 'the address is none of the Data API: SUPABASE_URL has to end with the host, without a path' },
  PGRST202: MIGRATIONS,
  PGRST203: MIGRATIONS,
  PGRST204: MIGRATIONS,
  PGRST205: MIGRATIONS,
  PGRST300: {
    advice: 'the Data API has no secret to check keys with: see the JWT keys of the project, and restart it',
    saidInPassing: true,
  },
  PGRST301: token("the Data API could not read the token that Supabase's gateway makes of the key"),
  PGRST302: token("the call came to the Data API without the token that Supabase's gateway makes of the key"),
  PGRST303: token(
    "the Data API did not take the token that Supabase's gateway makes of the key, as where the clocks of the two differ",
  ),
  XX000: { advice: `the database failed in itself; ${AGAIN}, and if this lasts see its log` },
  XX001: CORRUPTED,
  XX002: CORRUPTED,
};

/** By the status of an answer, where it has no code that is known. */
const BY_STATUS: Record<number, Known> = {
  401: { advice: "put a secret key of this project into the Worker's SUPABASE_SECRET_KEY", saidInPassing: true },
  402: { advice: 'Supabase has restricted the project: see its usage and its billing in the dashboard' },
  403: { advice: 'something in front of the project refused the call: see its network restrictions in the dashboard' },
  404: {
    advice:
      'there is no Data API at this address: check SUPABASE_URL, and that the Data API is enabled in the dashboard',
  },
  405: { advice: 'something in front of the project takes no such call: check SUPABASE_URL' },
  413: { advice: 'the call is larger than Supabase takes: lower EDGE_FUNCTION_CHUNK_SIZE and INITIAL_CHUNK_SIZE' },
  429: { advice: `Supabase asks for fewer calls; ${AGAIN}` },
  504: { advice: `it took longer than Supabase waits; ${AGAIN}, and if this lasts look for load in the database` },
  521: { advice: 'the project does not answer: see in the dashboard whether it is paused or being restored' },
  522: { advice: 'the project does not answer: see in the dashboard whether it is paused or being restored' },
  540: { advice: 'the project is paused: restore it in the dashboard' },
  544: { advice: `it took longer than Supabase waits; ${AGAIN}, and if this lasts look for load in the database` },
};

const UNKNOWN: Known = { advice: `check that the Supabase project is up; ${AGAIN}` };

/** Every code and every status of the table. */
export const KNOWN_ANSWERS: readonly string[] = [...Object.keys(BY_CODE), ...Object.keys(BY_STATUS)];

/** `code` is an SQLSTATE or a code of the Data API's; null where there was none. A refused key is told before any
 * code that is not about keys. */
export function adviceOn(status: number, code: string | null): Known {
  if (status === 401 && !/^PGRST30\d$/.test(code ?? '')) return BY_STATUS[401]!;
  return (code === null ? undefined : BY_CODE[code]) ?? BY_STATUS[status] ?? UNKNOWN;
}

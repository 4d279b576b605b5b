// What the hosted platform in front of a Supabase project answers now and then, by name: to calls that are right, for a second
// or for hours. None of it can be brought about on one machine.

export interface HostedAnswer {
  status: number;
  /** A text is HTML. */
  body: object | string;
  headers?: Record<string, string>;
}

const gateway = (status: number, message: string): HostedAnswer => ({ status, body: { message } });
const dataApi = (status: number, code: string, message: string): HostedAnswer => ({
  status,
  body: { code, message, details: null, hint: null },
});
const html = (status: number, title: string): HostedAnswer => ({
  status,
  body: `<!DOCTYPE html><html><head><title>${title}</title></head><body>Lucia Ortega</body></html>`,
});

/** Of the Data API and the gateway before it. */
export const DATA_API_ANSWERS = {
  '500 PGRST300': dataApi(500, 'PGRST300', 'Server lacks JWT secret'),
  '401 PGRST301': dataApi(401, 'PGRST301', 'No suitable key or wrong key type'),
  '401 PGRST302': dataApi(401, 'PGRST302', 'Anonymous access is disabled'),
  '401 PGRST303': dataApi(401, 'PGRST303', 'JWT issued at future'),
  '401 of the gateway': gateway(401, 'Invalid API key'),
  402: gateway(402, 'Service for this project is restricted'),
  '404 PGRST202': dataApi(404, 'PGRST202', 'Could not find the function in the schema cache'),
  '404 without a body': { status: 404, body: '' },
  '200 without a body': { status: 200, body: '' },
  '405/25006': dataApi(405, '25006', 'cannot execute UPDATE in a read-only transaction'),
  '503 PGRST002': dataApi(503, 'PGRST002', 'Could not query the database for the schema cache'),
  '504 PGRST003': dataApi(504, 'PGRST003', 'Timed out acquiring connection from connection pool'),
  '520 HTML': html(520, 'Web server is returning an unknown error'),
  '521 HTML': html(521, 'Web server is down'),
  '522 HTML': html(522, 'Connection timed out'),
  '523 HTML': html(523, 'Origin is unreachable'),
  '524 HTML': html(524, 'A timeout occurred'),
  '525 HTML': html(525, 'SSL handshake failed'),
  '526 HTML': html(526, 'Invalid SSL certificate'),
  540: gateway(540, 'Project paused'),
  544: gateway(544, 'The connection to the database timed out'),
  546: gateway(546, 'Function failed due to not having enough compute resources'),
  '200 HTML': html(200, 'Please wait'),
} satisfies Record<string, HostedAnswer>;

/** Of the gateway before the Edge Function. */
export const FUNCTION_ANSWERS = {
  '401 of the gateway': gateway(401, 'Invalid JWT'),
  402: gateway(402, 'Service for this project is restricted'),
  '403 of the gateway': gateway(403, 'Forbidden'),
  '404 while it is deployed': { status: 404, body: { code: 'NOT_FOUND', message: 'Requested function was not found' } },
  '409 of a stranger': gateway(409, 'Conflict'),
  '422 of a stranger': gateway(422, 'Unprocessable'),
  '503 BOOT_ERROR': { status: 503, body: { code: 'BOOT_ERROR', message: 'Function failed to start' } },
  '522 HTML': html(522, 'Connection timed out'),
  '502 HTML': html(502, 'Bad gateway'),
  '200 HTML': html(200, 'Please wait'),
  '200 without a body': { status: 200, body: '' },
  540: gateway(540, 'Project paused'),
} satisfies Record<string, HostedAnswer>;

// What ServiceTitan says of a refusal, made fit for a message. Its body may repeat what it was sent or holds: a customer's name, a
// secret. So only words that such messages are made of are told, and what else it says stands as "…".

const WORDS = new Set(
  `a about above access account active after again all allowed already an and any api app application are argument arguments
  array as at authenticated authentication authorization authorized bad be been before being below between body boolean but by call
  calls can cannot changed character characters check client closed conflict connection contact contacts content could created credentials customer
  customers date day days deleted denied detail details disabled does due duplicate during each either empty end endpoint entity
  error errors exceed exceeded exceeds exist existing exists expected expired export failed failure field fields first following for
  forbidden format forbidden found from gateway given grant granted greater has have header hour hours id ids if in inactive
  incorrect insufficient integer internal invalid invalid_client invalid_grant invalid_request invalid_scope is it its job jobs json
  key large lead leads length less limit limited limits list locked long longer maintenance malformed many maximum merged message method
  minimum minute minutes missing modified more must no none not note notes null number object occurred of off on one only operation or
  other out over page parameter parameters per permission permissions please policy possible process processed processing property
  provided query quota range rate reached read record records refused rejected request requested requests required resource response
  retry revoked scope scopes second seconds secret server service short should size small some something sort specified state status
  string subscription such support supported tag tags temporarily temporary tenant tenants than that the then there this throttled time
  timed timeout timestamp to token tokens too try type types unable unauthorized unauthorized_client unavailable unexpected unknown
  unprocessable unsupported unsupported_grant_type until up update updated upstream user valid validation value values version wait was went
  were when which while with within without write wrong yet you your zone`.split(/\s+/),
);
/** Those that this product asks for. */
const SCOPES = ['tn.crm.customers:r', 'tn.crm.customers:w', 'tn.crm.leads:r', 'tn.jpm.jobs:r', 'tn.stt.tagtypes:r'];
const PIECES = /[\p{L}\p{M}\p{N}_@/\\+=~|#$%&*^.:’-]+/gu;
/** A wait or a limit, in words that leave no room; any other number may be part of a phone number or an id. */
const QUANTITY =
  /\b(?:(?:in|after) [1-9]\d{0,2} (?:second|minute)s?|(?<!\d[\s().-]{0,3})[1-9]\d{0,2} (?:call|request)s? per (?:second|minute|hour)|(?:most|than|least) [1-9]\d{0,2} characters?)\b/i;
const LONGEST = 200;

/** At most 200 characters, on one line. */
export function tellTitle(text: string): string {
  const clean = cleanText(text);
  const number = atOfQuantity(clean);
  return clean
    .replaceAll(PIECES, (piece, at: number) => {
      const [, word = '', end = ''] = /^(.*?)([.:]*)$/s.exec(piece) ?? [];
      return WORDS.has(word.toLowerCase()) || SCOPES.includes(word) || at === number ? piece : `…${end}`;
    })
    .replaceAll(/…[.:]*(?:[\s"'(),;!?<>[\]{}`-]*…)+/gu, '…')
    .slice(0, LONGEST)
    .trim();
}

/** Where the number of the first quantity stands; of several none but the first is told. */
function atOfQuantity(text: string): number {
  const found = QUANTITY.exec(text);
  return found === null ? -1 : found.index + found[0].search(/\d/);
}

/** Control characters and the like become blanks. */
function cleanText(text: string): string {
  return text
    .slice(0, 2000)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\uFFFD]/gu, ' ');
}

/** W3C's, or that of the vendor's web server. In parts of fixed lengths, for a phone number has parts too. */
const TRACE_ID = /^(?:[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|[0-9A-Z]{13}:[0-9A-F]{8})$/;

/** A trace id as it is; null for what is none. */
export function tellTraceId(text: string): string | null {
  return TRACE_ID.test(text) ? text : null;
}

const CONTENT_TYPES = [
  'application/json',
  'application/octet-stream',
  'application/problem+json',
  'application/xml',
  'text/html',
  'text/plain',
  'text/xml',
];

/** `type/subtype` of a content type that is known. */
export function tellContentType(text: string | null): string {
  if (text === null || text.trim() === '') return 'no content type';
  const type = text.split(';')[0]!.trim().toLowerCase();
  return CONTENT_TYPES.includes(type) ? type : 'another content type';
}

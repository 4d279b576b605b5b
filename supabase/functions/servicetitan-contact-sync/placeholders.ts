// What offices type where ServiceTitan wants a phone or an e-mail and there is none. A closed list: what is not on it is
// taken at its word. Every entry comes with its case in test/corpus/methods.tsv.

const RUNS_OF_DIGITS = new Set(
  '1234567 12345678 123456789 1234567890 0123456789 9876543210 2345678901 2345678910 2223334444'.split(' '),
);

/** `digits`: of the national number, without the leading 1 of North America. */
export function isPlaceholderPhone(digits: string): boolean {
  // One digit again and again; 555-1212 is directory assistance in every area.
  return /^(\d)\1*$/.test(digits) || RUNS_OF_DIGITS.has(digits) || /^\d{3}5551212$/.test(digits);
}

/** Before the @, whatever comes after it. Hyphens, dots and underscores are left out here. */
const NOBODYS = new Set(
  (
    'noemail noemails noemailaddress noemailaddr noemailgiven noemailprovided noemailonfile noemailavailable ' +
    'doesnothaveemail doesnothaveanemail doesnthaveemail donthaveemail hasnoemail nomail none noone nobody ' +
    'notprovided notgiven notavailable notapplicable declined declinedemail refused refusedemail unknown ' +
    'donotemail dontemail fakeemail fake placeholder noreply donotreply ' +
    'noaddress noemailatthistime didnotprovide wontprovide wouldnotprovide wontgive wouldnotgive decline invalid ' +
    'needemail donotuse youremail n/a'
  ).split(' '),
);

/** Domains that nobody gives as one's own. */
const NO_DOMAINS = new Set('none.com none.net noemail.com noemail.net noemail.org no-email.com'.split(' '));

/** The same again before and after the @, as in test@test.com: these words, with any ending. */
const TWICE = new Set(
  (
    'a aa aaa aaaa abc asdf dummy email example fake mail me n na no nope nothing null sample tbd test unknown ' +
    'x xx xxx xyz 123 1234 12345'
  ).split(' '),
);

export function isPlaceholderEmail(address: string): boolean {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const [name = ''] = domain.split('.');
  return (
    NOBODYS.has(local.replaceAll(/[-._]|\+.*$|\d+$/g, '')) ||
    NO_DOMAINS.has(domain) ||
    (local === name && TWICE.has(local)) ||
    address.toLowerCase() === 'n@a.com'
  );
}

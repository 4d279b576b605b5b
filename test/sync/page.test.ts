import { expect, test } from 'vitest';
import { packPage, type PageHeader, unpackPage } from '../../src/sync/page.ts';

const header: PageHeader = {
  records: 1,
  hasMore: true,
  continueFrom: 'token',
  date: '2026-02-08T10:00:00.000Z',
  calls: 2,
};
const rows = {
  customers: [],
  contact_methods: [],
  rejected: [{ feed: 'customers' as const, customer_id: '7', reason: 'Größe – ✓' }],
};

test('a page arrives as it was packed', async () => {
  const page = await unpackPage(await packPage({ header, rows }));
  if ('waitMs' in page) throw new Error('not a page');
  expect(page).toMatchObject(header);
  expect(await page.rows()).toEqual(rows);
});

test('its rows can be unpacked again when the sync step is repeated', async () => {
  const page = await unpackPage(await packPage({ header, rows }));
  if ('waitMs' in page) throw new Error('not a page');
  expect(await page.rows()).toEqual(await page.rows());
});

test('the rows are compressed', async () => {
  const many = { ...rows, rejected: Array.from({ length: 1000 }, () => rows.rejected[0]!) };
  const page = await unpackPage(await packPage({ header, rows: many }));
  if ('waitMs' in page) throw new Error('not a page');
  expect(page.bytes).toBeLessThan(JSON.stringify(many).length / 10);
});

test('a wish to be asked later is told from a page', async () => {
  expect(await unpackPage(await packPage({ waitMs: 7000 }))).toEqual({ waitMs: 7000 });
});

import { z } from 'zod';
import type { Answer, Call } from '../call.ts';
import { Refusal } from '../problem.ts';
import type { NoteRecord } from '../tenant/records.ts';
import { parseTicks } from '../ticks.ts';
import { listPage, partOf, readPaging } from './page.ts';
import { isWithin } from './query.ts';
import { isHidden } from './seen.ts';

const newNote = z.object({
  text: z.string().min(1),
  pinToTop: z.boolean().nullish(),
  addToLocations: z.boolean().nullish(),
});

/** GET …/customers/{id}/notes */
export function listNotes(call: Call): Answer {
  const { world, query } = call;
  const customerId = knownCustomer(call);
  const paging = readPaging(call);
  const created = query.created();
  const modified = query.modified();
  query.check();
  const matches = (note: NoteRecord) =>
    isWithin(created, parseTicks(note.createdOn)!) && isWithin(modified, parseTicks(note.modifiedOn)!);
  const notes = world.notesOf(customerId).filter(matches);
  return { body: listPage(paging, partOf(notes, paging), (note) => note) };
}

/** POST …/customers/{id}/notes. There is no key that would make a repeated call harmless. */
export async function addNote(call: Call): Promise<Answer> {
  const { world, json } = call;
  const customerId = knownCustomer(call);
  const note = newNote.safeParse(await json());
  if (!note.success) {
    const fields = note.error.issues.map((issue) => [issue.path.join('.') || 'body', ['The value is not valid.']]);
    throw new Refusal(400, 'One or more validation errors occurred.', { errors: Object.fromEntries(fields) });
  }
  return { body: world.addNote(customerId, note.data.text, note.data.pinToTop ?? false) };
}

function knownCustomer(call: Call): number {
  const customerId = call.id('customerId');
  if (call.world.customer(customerId) === undefined || isHidden(call, customerId))
    throw new Refusal(404, 'The customer was not found.');
  return customerId;
}

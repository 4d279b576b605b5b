// R18: the pass compares everything, in slices: the contacts by their export from the first record, the customers by the list,
// then both with what is stored, as sets; who was not seen is asked for by id. It heals by writing.
import type { BegunRun } from '../context.ts';
import type { Part } from '../laterParts.ts';
import { LEDGER_STEP, numbered } from '../steps.ts';
import { askById } from './askById.ts';
import { readContacts } from './contacts.ts';
import { readCustomers } from './customers.ts';
import { isOver, lastPageOf, type Slice } from './slice.ts';

/** None while no pass is due, so that the other parts have its time. `pagesBefore`: the pages of the live readers. */
export function passParts({ pass_due }: BegunRun, pagesBefore: number): Part[] {
  return pass_due ? [passPart(pagesBefore)] : [];
}

function passPart(pagesBefore: number): Part {
  return {
    name: 'comparison of everything',
    async run(context) {
      if (context.time.leftMs === 0) return;
      const { steps, ledger, run, config, progress } = context;
      const maxPages = lastPageOf(context, pagesBefore);
      const pagesAtFirst = progress.pages;
      let stage: string | null = null;
      for (let turn = 1; ; turn += 1) {
        const pass = await steps.do(numbered('pass-begin', turn), LEDGER_STEP, () =>
          ledger.beginPass(run, config.FULL_PASS_DAYS),
        );
        progress.passGoesOn = false;
        if (pass === null) return;
        const slice = { context, pass, maxPages };
        // A stage that did not end has no time left in this run. The sweep waits for a run that has read live pages since: they
        // say what was changed while the pass read.
        const isLast = pass.stage === stage || isOver(slice) || (pass.stage === 'sweep' && turn > 1);
        // Where nothing was read the next run would not read more: it waits for its tick.
        progress.passGoesOn = pass.asked && progress.pages > pagesAtFirst;
        if (isLast) return;
        stage = pass.stage;
        await goOn(slice, turn);
      }
    },
  };
}

function goOn(slice: Slice, turn: number): Promise<unknown> {
  const { context, pass } = slice;
  const { steps, ledger, run } = context;
  switch (pass.stage) {
    case 'contacts':
      return readContacts(slice, turn);
    case 'customers':
      return readCustomers(slice, turn);
    case 'sweep':
      return steps.do(numbered('pass-sweep', turn), LEDGER_STEP, () => ledger.sweepPass(run));
    case 'ask':
      return askById(slice);
  }
}

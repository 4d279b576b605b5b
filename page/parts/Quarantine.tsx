import type { WorkspaceAnswer } from '../api/contract.ts';
import { type Clock, count, countOf } from '../format.ts';
import { Time } from './Time.tsx';

const COLUMNS = ['Customer', 'Reason', 'Tries', 'Since', 'Last tried'];

/** The customers that could not be written, with the reason. */
export function Quarantine({ answer, clock, now }: { answer: WorkspaceAnswer; clock: Clock; now: number }) {
  const { quarantine, quarantined } = answer;
  if (quarantine.length === 0) return <p class="empty">None: every customer that ServiceTitan showed is written.</p>;
  return (
    <>
      <p class="aside">
        {countOf(quarantined, 'customer')} could not be written and {quarantined === 1 ? 'is' : 'are'} read again on
        every sync.
        {quarantined > quarantine.length && ` The ${count(quarantine.length)} that were tried last:`}
      </p>
      <table class="list" role="table" aria-label="Customers set aside">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((name, index) => (
              <th key={name} role="columnheader" scope="col" class={index > 1 ? 'value' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {quarantine.map(({ customerId, feed, reason, attempts, firstSeenAt, lastSeenAt }) => (
            <tr key={`${feed} ${customerId}`} role="row">
              <th role="rowheader" scope="row">
                {customerId} <span class="aside">{feed}</span>
              </th>
              <td role="cell" class="text" data-label="Reason">
                {reason}
              </td>
              <td role="cell" class="value" data-label="Tries">
                {count(attempts)}
              </td>
              <td role="cell" class="value" data-label="Since">
                <Time at={firstSeenAt} now={now} clock={clock} />
              </td>
              <td role="cell" class="value" data-label="Last tried">
                <Time at={lastSeenAt} now={now} clock={clock} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

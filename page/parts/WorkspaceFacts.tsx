import type { Known } from '../data/workspaceList.ts';
import { type Clock, count, hour, roughly } from '../format.ts';
import { isInTime } from '../states.ts';
import { Age } from './Age.tsx';
import { Fact } from './Fact.tsx';
import { ComesIn, Time } from './Time.tsx';

interface WorkspaceFactsProps {
  workspace: Known;
  lateSeconds: number;
  now: number;
  clock: Clock;
}

export function WorkspaceFacts({ workspace, lateSeconds, now, clock }: WorkspaceFactsProps) {
  const { businessHours, cursor, freshness, totals, quarantined, nextTickAt, lastCompletedAt } = workspace;
  const goal = `late from ${roughly(lateSeconds)}`;
  return (
    <dl class="facts">
      <Fact name="Data age now">
        <Age workspace={workspace} lateSeconds={lateSeconds} now={now} /> <span class="aside">{goal}</span>
      </Fact>
      <Fact name="Typical, last day">
        <Freshness seconds={freshness.p50Seconds} lateSeconds={lateSeconds} />
      </Fact>
      <Fact name="Worst, last day">
        <Freshness seconds={freshness.worstSeconds} lateSeconds={lateSeconds} />
      </Fact>
      <Fact name="Next sync">
        <Time at={nextTickAt} now={now} clock={clock} />{' '}
        {nextTickAt !== null && (
          <span class="aside">
            <ComesIn at={nextTickAt} now={now} clock={clock} />
          </span>
        )}
      </Fact>
      <Fact name="Business hours">
        {hour(businessHours.start)} to {hour(businessHours.end)}{' '}
        <span class="aside">{businessHours.open ? 'open now' : 'closed now'}</span>
      </Fact>
      <Fact name="Time zone">{clock.zone}</Fact>
      <Fact name="Complete up to">
        <Time at={cursor} now={now} clock={clock} /> <span class="aside">the cursor</span>
      </Fact>
      <Fact name="Last complete sync">
        <Time at={lastCompletedAt} now={now} clock={clock} />
      </Fact>
      <Fact name="It wrote">
        {count(totals.lastCreated)} <span class="aside">created,</span> {count(totals.lastUpdated)}{' '}
        <span class="aside">updated,</span> {count(totals.lastErrors)} <span class="aside">errors</span>
      </Fact>
      <Fact name="Written in all">{count(totals.customersSynced)}</Fact>
      <Fact name="Set aside">
        <span class={quarantined > 0 ? 'warn' : ''}>{count(quarantined)}</span>
      </Fact>
      <Fact name="Compared with ServiceTitan">
        <span class={workspace.proof.proved ? '' : 'warn'}>{workspace.proof.text}</span>{' '}
        {workspace.proof.underWay && <span class="aside">another one is under way</span>}
      </Fact>
      <Fact name="ServiceTitan tenant">
        {workspace.tenantId ?? '–'} <span class="aside">{workspace.environment}</span>
      </Fact>
    </dl>
  );
}

/** Said in words, not by colour alone. */
function Freshness({ seconds, lateSeconds }: { seconds: number | null; lateSeconds: number }) {
  if (seconds === null) return <span class="none">–</span>;
  const inTime = isInTime(seconds, lateSeconds);
  return (
    <>
      {roughly(seconds)} <span class={inTime ? 'aside' : 'warn small'}>{inTime ? 'in time' : 'late'}</span>
    </>
  );
}

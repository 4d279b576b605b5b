import type { Workspace } from '../api/contract.ts';
import { type Filter, filtersOf } from '../filter.ts';
import { count } from '../format.ts';

interface StateFilterProps {
  workspaces: readonly Workspace[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

export function StateFilter({ workspaces, filter, onFilter }: StateFilterProps) {
  const filters = filtersOf(workspaces);
  // One that finds nothing any more stays as long as it is chosen.
  const isOffered = filters.some((offered) => offered.filter === filter);
  return (
    <div class="chips" role="group" aria-label="Show">
      {filters.map(({ filter: offered, label, found }) => (
        <button
          key={offered}
          type="button"
          aria-pressed={offered === filter || (offered === 'all' && !isOffered)}
          onClick={() => onFilter(offered)}
        >
          {label} <span class="number">{count(found)}</span>
        </button>
      ))}
    </div>
  );
}

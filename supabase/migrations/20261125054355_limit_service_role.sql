-- A project made before May 2026 grants service_role everything on a new table. On the sync's own tables it keeps what the
-- sync needs; contacts and workspaces are the product's as well, and stay as they are.

revoke all on
  public.servicetitan_connections,
  public.servicetitan_sync_state,
  public.servicetitan_sync_runs,
  public.servicetitan_contact_methods,
  public.servicetitan_sync_errors,
  public.servicetitan_sync_reads
from service_role;

grant select, insert, update on
  public.servicetitan_connections,
  public.servicetitan_sync_state,
  public.servicetitan_sync_runs,
  public.servicetitan_contact_methods,
  public.servicetitan_sync_errors,
  public.servicetitan_sync_reads
to service_role;

-- A connection can be taken away, what passes leaves the quarantine, and what is old the reads log.
grant delete on
  public.servicetitan_connections,
  public.servicetitan_sync_errors,
  public.servicetitan_sync_reads
to service_role;

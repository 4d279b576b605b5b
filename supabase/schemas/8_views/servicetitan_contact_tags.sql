-- The tags of contacts by name: a row for each tag of each contact. A tag whose name is not known has a null
-- there: ServiceTitan lists it no longer, or the app may not read tag types.
create or replace view public.servicetitan_contact_tags
with (security_invoker = true)
as
select contact.workspace_id, contact.crm_id, tag.id as tag_type_id, tag_type.name, tag_type.active
from public.contacts as contact
cross join lateral jsonb_array_elements_text(
  case jsonb_typeof(contact.metadata -> 'custom_fields' -> 'tag_type_ids')
    when 'array' then contact.metadata -> 'custom_fields' -> 'tag_type_ids'
    else '[]'
  end
) as tag (id)
left join public.servicetitan_tag_types as tag_type
  on tag_type.workspace_id = contact.workspace_id
  and tag_type.source = contact.crm_source
  and tag_type.id = tag.id
where contact.crm_source is not null;

revoke all on public.servicetitan_contact_tags from public, anon, authenticated, service_role;
grant select on public.servicetitan_contact_tags to service_role;

comment on view public.servicetitan_contact_tags is 'The tags of each contact, by name where the app may read tag types.';
comment on column public.servicetitan_contact_tags.active is 'False: ServiceTitan has switched the tag off. Customers may carry it all the same.';

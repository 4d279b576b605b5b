import { formatTicks } from '../ticks.ts';
import type { ContactChanges, ContactRecord, CustomerChanges, CustomerRecord } from './records.ts';
import { TenantRecords } from './tenantRecords.ts';
import { WorldError } from './worldError.ts';

const GREATEST_ID = 2n ** 63n - 1n;

/** What happens to a tenant's records that nobody there does by hand. */
export class OddRecords extends TenantRecords {
  /**
   * Shows a contact under another customer too, with the same id: in the lists, in the feed, and in what
   * follows. A change to the contact shows under all its customers.
   */
  shareContact(contactId: number, customerId: number): ContactRecord {
    const { record, raw } = this.requireContact(contactId);
    this.requireCustomer(customerId);
    const { type, value, memo, active, phoneSettings, preferences } = record;
    if (this.#linkOf(contactId, customerId) !== undefined) {
      throw new WorldError('conflict', `Contact ${contactId} is customer ${customerId}'s already.`);
    }
    const doNotText = phoneSettings?.doNotText ?? false;
    const marketing = preferences?.marketingUpdatesEnabled ?? null;
    const shared = { type, value, memo, active, doNotText, marketing };
    return this.createContact(customerId, { ...shared, raw: { ...raw, id: contactId } });
  }

  /** Ends what `shareContact` began: under this customer the feed shows the contact switched off. */
  unshareContact(contactId: number, customerId: number): ContactRecord {
    const link = this.#linkOf(contactId, customerId);
    if (link === undefined || link === contactId) {
      throw new WorldError('unknown', `Contact ${contactId} is not shared with customer ${customerId}.`);
    }
    return super.changeContact(link, { active: false });
  }

  override changeContact(id: number, changes: ContactChanges): ContactRecord {
    const changed = super.changeContact(id, changes);
    // Not as it shows, which may be no time at all.
    const modifiedOn = formatTicks(this.requireContact(id).modified);
    for (const link of this.linksOf(id)) {
      super.changeContact(link, { ...changes, ...(changes.raw && { raw: { ...changes.raw, id } }) });
      this.restamp({ contactIds: [link] }, modifiedOn);
    }
    return changed;
  }

  /** Gives a record another id outside, as large as an int64 holds. Here it keeps the one that it has. */
  renumber(id: number, wireId: string): void {
    if (!/^[1-9]\d*$/.test(wireId) || BigInt(wireId) > GREATEST_ID) {
      throw new WorldError('invalid', `${wireId} is no id.`);
    }
    const taken = this.wireIds.read(wireId);
    if (taken !== undefined && taken !== id && (this.customer(taken) ?? this.contact(taken)) !== undefined) {
      throw new WorldError('conflict', `The id ${wireId} is taken.`);
    }
    this.wireIds.give(id, wireId);
    this.reindex(id);
  }

  /** A change that moves no stamp, and that no modified filter goes by. */
  changeWithoutStamp(
    ids: { customerId: number; changes: CustomerChanges } | { contactId: number; changes: ContactChanges },
  ): CustomerRecord | ContactRecord {
    const writtenAt = this.clock.stamp();
    if ('customerId' in ids) {
      const { id, modified, touched, edited } = this.requireCustomer(ids.customerId);
      this.rewriteCustomer(id, ids.changes, { modified, touched, edited, writtenAt });
      return this.customer(id)!;
    }
    const { id, modified, touched, edited } = this.requireContact(ids.contactId);
    for (const one of [id, ...this.linksOf(id)])
      this.rewriteContact(one, ids.changes, { modified, touched, edited, writtenAt });
    return this.contact(id)!;
  }

  #linkOf(contactId: number, customerId: number): number | undefined {
    const links = [contactId, ...this.linksOf(contactId)];
    return links.find((link) => this.requireContact(link).record.customerId === customerId);
  }
}

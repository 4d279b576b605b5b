// What a contact method is good for, found out once and stored with it, so that SQL can choose by it (R25).

/** `possible`: in a form that can be dialled, though nobody knows whether there is such a number. */
export type Usability = 'valid' | 'possible' | 'unusable';

/** The columns of `servicetitan_contact_methods` that grading fills. */
export interface Graded {
  usability: Usability;
  /** E.164 or one address; null where the value is unusable. */
  normalized: string | null;
  extension: string | null;
  /** The country of the customer that decided; null where none could. */
  country_code: string | null;
}

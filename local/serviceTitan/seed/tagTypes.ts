const CREATED = '2021-04-12T16:20:33.1177401Z';

/** The tags a tenant may put on customers. One is switched off, though customers still carry it. */
export const TAG_TYPES = [
  tagType(134, 'VIP', '#d4af37', 'High'),
  tagType(135, 'Do not call before noon', '#8a8a8a', 'Medium'),
  tagType(2_210_480, 'Dog on property', '#b5651d', 'Medium'),
  tagType(2_210_481, 'Member', '#1f77b4', null),
  tagType(30_118_204, 'Financing', '#2ca02c', null),
  tagType(52_955_021, 'Imported 2021', '#7f7f7f', null, false),
];

function tagType(id: number, name: string, color: string, importance: 'Medium' | 'High' | null, active = true) {
  return {
    id,
    name,
    color,
    code: name.slice(0, 3).toUpperCase(),
    importance,
    isConversionOpportunity: false,
    allowToUseOnTimesheetActivity: false,
    isVisibleOnDispatchBoard: true,
    active,
    createdOn: CREATED,
    modifiedOn: CREATED,
  };
}

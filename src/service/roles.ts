/** What a process does. Several processes may share the work of one ledger. */
export const allRoles = [
  'ingest',
  'projections',
  'notifier',
  'trigger',
  'enricher',
  'recovery',
  'dashboard',
] as const;
export type Role = (typeof allRoles)[number];

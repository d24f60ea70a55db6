/** What is read from the API is kept under these, so that live updates find it. */
export const keys = {
  pushes: (parameters: Readonly<Record<string, string>>) => ['pushes', parameters] as const,
  push: ['push'],
  nodes: ['nodes'],
  runs: ['runs'],
  hooks: ['hooks'],
  notifications: ['notifications'],
  status: ['status'],
} as const;

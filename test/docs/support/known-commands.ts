/** Commands of the documentation that no test runs, by the word that they begin with, each with the reason. */
export const notRun: Readonly<Record<string, string>> = {
  docker: 'needs Docker; test/deploy checks the compose file, and commands of ours within are checked here',
  systemctl: 'needs systemd; test/deploy checks the unit, test/service/systemd.test.ts what it is told',
  'systemd-run': 'needs systemd',
  install: 'writes outside of the project',
  cp: 'copies files of the reader',
  cat: 'reads or writes files of the reader',
  chmod: 'changes files of the reader',
  sed: 'changes files of the reader',
  echo: 'writes into files of the reader',
  cd: 'goes into a folder of the reader',
  git: 'reaches for a repository that the reader has',
  openssl: 'makes a random secret: not ours',
  psql: 'the roles are tested by test/deploy',
  createdb: 'needs a PostgreSQL of the reader',
  '.ci/run': 'runs this test',
};

/** Names that stand for a value in the documentation, and are neither a setting nor of a standard. */
export const otherVariables: ReadonlySet<string> = new Set(['NEW_STORE', 'BOT', 'TOKEN']);

/** Commands of ours that are not run, each with the reason. Whether they are called rightly is checked all the same. */
export const onlyParsed: readonly { readonly command: RegExp; readonly reason: string }[] = [
  { command: /^serve\b/, reason: 'runs until it is stopped; the other commands run beside one' },
  { command: /--from file:/, reason: 'restores into an empty place; test/cli/store-copy.test.ts does' },
  { command: /before-upgrade/, reason: 'the same copy as of how-to/back-up-and-restore.md' },
];

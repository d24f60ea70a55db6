import { describe, expect, it } from 'vitest';
import { dagChooser } from '../../src/trigger/choose-dag.ts';

describe('the DAG of a repository', () => {
  const choose = dagChooser(
    [
      { repository: 'acme/docs', dag: null },
      { repository: 'acme/*-service', dag: 'deploy' },
      { repository: 'acme/*', dag: 'build' },
    ],
    'gitea_push',
  );
  it.each([
    ['acme/docs', null],
    ['ACME/Docs', null],
    ['acme/docs2', 'build'],
    ['acme/pay-service', 'deploy'],
    ['acme/.hidden', 'build'],
    ['other/docs', 'gitea_push'],
    ['xacme/docs', 'gitea_push'],
  ])('%s is %s, by the first rule that matches', (repository, dag) => {
    expect(choose(repository)).toBe(dag);
  });
});

import { expect, it } from 'vitest';
import { dagRunIdOf } from '../../src/events/ids.ts';
import { runRequest } from '../../src/trigger/run-request.ts';
import { pushEvent } from '../support/push-event.ts';

it('the body is what docs/dag-engine.md says', () => {
  const { data } = pushEvent({ position: 1 });
  expect(runRequest(data, 'build')).toEqual({
    trigger: 'api',
    dag: 'build',
    run: {
      run_id: dagRunIdOf(data.pushId),
      parent_run_id: data.pushId,
      push_id: data.pushId,
      node_id: 'gitea_push_widgets',
      instance: 'gitea.test',
      repository: 'acme/widgets',
      repository_url: data.repository.url,
      ref: data.ref,
      branch: data.branch,
      kind: data.kind,
      before_sha: data.before,
      after_sha: data.after,
      commit_count: data.totalCommits,
      commit_count_is_floor: data.totalIsFloor,
      author: data.head?.author.name,
      pusher: data.pusher?.login,
      message: 'rewritten',
      url: data.head?.url,
      compare_url: data.compareUrl,
      received_at: '2026-02-03T04:05:01.000Z',
    },
  });
});

it('a push without commits and without a pusher has nulls in their places', () => {
  const { data } = pushEvent({ position: 1 });
  const bare = {
    ...data,
    head: null,
    commits: [],
    pusher: null,
    branch: null,
    before: null,
    compareUrl: null,
  };
  expect(runRequest(bare, 'build').run).toMatchObject({
    author: null,
    pusher: null,
    message: null,
    url: null,
    branch: null,
    before_sha: null,
    compare_url: null,
  });
});

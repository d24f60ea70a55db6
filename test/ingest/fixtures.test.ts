import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bytesOf,
  eventOf,
  type FixtureName,
  fixture,
  fixtureBytes,
  post,
  sign,
} from '../support/delivery.ts';
import { type RunningService, startTestService } from '../support/running-service.ts';

/** What is to come of each recorded delivery: the answer, the run and the message. */
const expected: Record<FixtureName, { answer: object; run: object | null; message: string | null }> = {
  'create-tag': { answer: { status: 'ignored' }, run: null, message: null },
  'push-api-test-delivery': { answer: { status: 'test' }, run: null, message: null },
  'push-web-ui-test-delivery': { answer: { status: 'test' }, run: null, message: null },
  'push-12-commits-capped-5': {
    answer: { status: 'accepted' },
    run: {
      trigger: 'webhook',
      status: 'success',
      ref: 'refs/heads/main',
      branch: 'main',
      before_sha: '1197955e4244c18bdb9b375076bcb6ca05414672',
      after_sha: '2e5f2917a754dae6815d67b4d0da759259f335e1',
      commit_count: 12,
      author: 'Ada L',
      pusher: 'ada',
      message: 'change 12',
      url: 'https://gitea.test/acme/widgets/commit/2e5f2917a754dae6815d67b4d0da759259f335e1',
      listed: 5,
    },
    message: '[widgets] Ada L pushed 12 commits to main',
  },
  'push-actions-bot': {
    answer: { status: 'accepted', ignored: 'pusher gitea-actions' },
    run: { status: 'ignored', pusher: 'gitea-actions', commit_count: 1, listed: 1 },
    message: null,
  },
  'push-first-default-branch': {
    answer: { status: 'accepted' },
    run: {
      status: 'success',
      branch: 'main',
      before_sha: '0'.repeat(40),
      commit_count: 1,
      message: 'initial',
    },
    message: '[widgets] Ada L created branch main with 1 commit',
  },
  'push-force-rewind': {
    answer: { status: 'accepted' },
    run: { status: 'success', branch: 'main', commit_count: 0, message: 'change 3', listed: 0 },
    message: '[widgets] Ada L rewound main to a625406',
  },
  'push-force-rewrite': {
    answer: { status: 'accepted' },
    run: { status: 'success', branch: 'topic', commit_count: 1, message: 'rewritten', listed: 1 },
    message: '[widgets] Ada L pushed 1 commit to topic',
  },
  'push-mirror-new-branch': {
    answer: { status: 'accepted' },
    run: { status: 'success', branch: 'up', commit_count: 0, author: null, message: null, pusher: 'acme' },
    message: '[widgets] ACME created branch up',
  },
  'push-tag-create': {
    answer: { status: 'accepted' },
    run: { status: 'success', branch: null, ref: 'refs/tags/v1.0.0', commit_count: 0, author: 'Ada L' },
    message: '[widgets] Ada L created tag v1.0.0',
  },
  'push-tag-delete': {
    answer: { status: 'accepted' },
    run: { status: 'success', ref: 'refs/tags/v1.0.0', after_sha: '0'.repeat(40), author: null },
    message: '[widgets] Ada L deleted tag v1.0.0',
  },
  'delete-branch': {
    answer: { status: 'accepted' },
    run: {
      status: 'success',
      ref: 'refs/heads/topic',
      branch: 'topic',
      before_sha: null,
      after_sha: '0'.repeat(40),
      commit_count: 0,
      pusher: 'ada',
    },
    message: '[widgets] Ada L deleted branch topic',
  },
};

const runOfPush = `
  select *, jsonb_array_length(commits) as listed from data_factory.runs where push_id = $1`;
const messageOfPush = `
  select content::json ->> 'body' as body from pushledger.notifications where $1 = any(push_ids) and state = 'sent'`;

describe('a recorded delivery of Gitea', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  test.for(Object.entries(expected) as [FixtureName, (typeof expected)[FixtureName]][])(
    '%s gives its answer, its run and its message',
    async ([name, { answer, run, message }]) => {
      const deliveryId = crypto.randomUUID();
      const got = await post(service.url, { body: fixtureBytes(name), event: eventOf(name), deliveryId });
      expect(got.status).toBe(200);
      expect(got.body).toMatchObject({ ...answer, deliveryId });
      await service.settled();

      const pushId = got.body.pushId ?? null;
      expect(pushId !== null).toBe(run !== null);
      const runs = await service.rows(runOfPush, [pushId]);
      expect(runs).toHaveLength(run ? 1 : 0);
      if (run) {
        expect(runs[0]).toMatchObject({
          ...run,
          run_id: pushId,
          delivery_id: deliveryId,
          node_id: 'gitea_push_widgets',
          parent_run_id: null,
          recorded_by: 'pushledger',
        });
      }
      const messages = await service.rows<{ body: string }>(messageOfPush, [pushId]);
      expect(messages.map(({ body }) => body.split('\n', 1)[0])).toEqual(message ? [message] : []);
    },
  );

  test('the node counts every run of its repository and shows the last one', async () => {
    const [node] = await service.rows(`select * from data_factory.nodes`);
    const [last] = await service.rows<{ run_id: string; started_at: Date; status: string }>(
      `select r.* from data_factory.runs r
       join pushledger.events e on e.correlation_id = r.push_id::text and e.type = 'PushReceived'
       order by e.position desc limit 1`,
    );
    expect(node).toMatchObject({
      node_id: 'gitea_push_widgets',
      kind: 'extractor',
      name: 'widgets',
      repo_id: '42',
      repo_full_name: 'acme/widgets',
      repo_url: 'https://gitea.test/acme/widgets',
      run_count: '9',
      last_run_id: last?.run_id,
      last_run_at: last?.started_at,
      last_status: last?.status,
      recorded_by: 'pushledger',
    });
  });

  test('a form delivery is the same push as the same bytes in JSON', async () => {
    const body = fixture('push-force-rewrite');
    body.after = '1'.repeat(40);
    const payload = bytesOf(body);
    const json = await post(service.url, { body: payload });
    const form = Buffer.from(new URLSearchParams({ payload: payload.toString() }).toString());
    const again = await post(service.url, {
      body: form,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-gitea-signature': sign(payload) },
    });
    expect(again.body).toMatchObject({ status: 'duplicate', pushId: json.body.pushId });
  });

  test('ids of 64 digits, as sha256 repositories have, are taken', async () => {
    const body = { ...fixture('push-force-rewrite'), before: 'a'.repeat(64), after: 'b'.repeat(64) };
    const answer = await post(service.url, { body: bytesOf(body) });
    expect(answer.body.status).toBe('accepted');
    const deleted = fixture('delete-branch');
    deleted.repository.object_format_name = 'sha256';
    const gone = await post(service.url, { body: bytesOf(deleted), event: 'delete' });
    await service.settled();
    const [run] = await service.rows(runOfPush, [gone.body.pushId]);
    expect(run).toMatchObject({ after_sha: '0'.repeat(64) });
  });

  test('the delete of a tag is ignored, as the push of it tells the same', async () => {
    const body = { ...fixture('delete-branch'), ref: 'v1.0.0', ref_type: 'tag' };
    const answer = await post(service.url, { body: bytesOf(body), event: 'delete' });
    expect(answer.body).toMatchObject({ status: 'ignored', reason: expect.stringContaining('tag') });
  });

  test('another kind of event is ignored with its name', async () => {
    const answer = await post(service.url, { body: bytesOf({ action: 'opened' }), event: 'issues' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'ignored', reason: 'event issues is not a push' });
  });
});

import { Command, InvalidArgumentError } from 'commander';
import { type PushId, pushIdSchema } from '../events/ids.ts';
import { type PushDetails, readSignedBytes, showPush } from '../push-search/show-push.ts';
import { CodedError } from '../runtime/errors.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, renderTable } from './output.ts';
import { oneLine, shortSha } from './pushes-text.ts';

export function pushesShowCommand(): Command {
  return new Command('show')
    .description('all that is known of a push: facts, commits, what was done for it')
    .argument('<pushId>', 'as `pushes list` shows it', parsePushId)
    .option('--raw', 'the verbatim bytes that Gitea signed, and nothing else')
    .option('--json', 'as JSON')
    .action((pushId: PushId, options: { raw?: boolean; json?: boolean }) => {
      if (options.raw && options.json) throw new CodedError('USAGE', '--raw and --json do not go together');
      return withCommandLedger(async ({ store, pool }) => {
        const push = await showPush(store, pool, pushId);
        if (!push) throw new Error(`the log has no push ${pushId}`);
        if (options.json) printJson(push);
        else if (!options.raw) process.stdout.write(`${renderPush(push)}\n`);
        else {
          const bytes = await readSignedBytes(store, pushId);
          if (!bytes) throw new Error(`push ${pushId} has no signed bytes: ${withoutBytesBecause(push)}`);
          process.stdout.write(bytes);
        }
      });
    });
}

function withoutBytesBecause({ facts }: PushDetails): string {
  return facts.body ? 'they were too large to keep, only their digest is there' : 'recovery found it';
}

function parsePushId(text: string): PushId {
  const { success, data } = pushIdSchema.safeParse(text);
  if (success) return data;
  throw new InvalidArgumentError('a push id is a UUID, as `pushes list` shows it');
}

export function renderPush(push: PushDetails): string {
  const { facts } = push;
  const body = facts.body ?? push.confirmation?.body ?? null;
  const pairs: [string, string][] = [
    ['push', facts.pushId],
    ['repository', `${oneLine(facts.repository.fullName)} (${facts.repository.id} on ${facts.instance})`],
    ['ref', oneLine(facts.ref, 200)],
    [
      'kind',
      facts.ignored === null ? kindOf(push) : `${kindOf(push)}, not announced: ${oneLine(facts.ignored)}`,
    ],
    ['commits', `${shortSha(facts.before)} → ${shortSha(facts.after)}, ${commitCountOf(push)}`],
    ['pusher', oneLine(facts.pusher ? `${facts.pusher.login} ${facts.pusher.fullName}` : '-')],
    [
      'received',
      `${facts.receivedAt} by ${facts.source}${facts.deliveryId ? `, delivery ${facts.deliveryId}` : ''}`,
    ],
    ['recorded', `${push.recordedAt}, event ${push.eventId}`],
    [
      'signature',
      body ? `${body.signature} under the secret "${oneLine(body.secret)}"` : 'none: recovery found it',
    ],
    [
      'signed bytes',
      body ? `${body.size} bytes, SHA-256 ${body.digest}${body.stored ? '' : ', not kept'}` : '-',
    ],
    ...(facts.compareUrl ? [['compare', oneLine(facts.compareUrl, 300)] as [string, string]] : []),
    ...(facts.notes.length > 0 ? [['notes', oneLine(facts.notes.join('; '), 300)] as [string, string]] : []),
  ];
  const sections = [
    renderTable(['', ''], pairs).trimStart(),
    section('Commits, the oldest first', ['commit', 'author', 'authored', 'message'], commitRows(push)),
    section('What was done', ['started', 'ms', 'status', 'function', ''], callRows(push)),
    section(
      'Delivered again',
      ['received', 'delivery'],
      push.redeliveries.map(({ receivedAt, deliveryId }) => [receivedAt.toISOString(), deliveryId]),
    ),
    section(
      'Messages',
      ['state', 'planned', 'sent', 'room', 'message id', ''],
      push.notifications.map((message) => [
        message.state,
        message.plannedAt.toISOString(),
        message.sentAt?.toISOString() ?? '-',
        oneLine(message.room),
        message.messageId,
        oneLine(message.reason ?? ''),
      ]),
    ),
    section(
      'DAG',
      ['state', 'dag', 'triggered', 'attempts', 'run id', ''],
      (push.dag ? [push.dag] : []).map((trigger) => [
        trigger.state,
        trigger.dag === null ? '-' : oneLine(trigger.dag),
        trigger.triggeredAt?.toISOString() ?? '-',
        String(trigger.attempts),
        trigger.runId ?? '-',
        oneLine(trigger.reason ?? trigger.remoteUrl ?? trigger.remoteRunId ?? ''),
      ]),
    ),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function section(title: string, headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${title}\n${renderTable(headings, rows)}`;
}

function kindOf({ facts, enrichment }: PushDetails): string {
  return enrichment?.forced === true ? `${facts.kind}, forced` : facts.kind;
}

function commitCountOf({ facts, enrichment }: PushDetails): string {
  const exact = enrichment?.totalCommits ?? null;
  return exact === null ? `${facts.totalCommits}${facts.totalIsFloor ? ' or more' : ''}` : String(exact);
}

function commitRows({ facts, enrichment }: PushDetails): string[][] {
  const commits = enrichment && enrichment.commits.length > 0 ? enrichment.commits : facts.commits;
  return commits.map(({ id, author, authoredAt, message }) => [
    shortSha(id),
    oneLine(author.name || author.username || author.email, 40),
    authoredAt ?? '-',
    oneLine(message),
  ]);
}

/** Each call below the one that caused it. */
function callRows({ calls }: PushDetails): string[][] {
  return calls.map((call) => [
    call.startedAt.toISOString(),
    call.durationMs === null ? '-' : String(call.durationMs),
    call.status,
    `${'  '.repeat(call.depth)}${call.functionName}`,
    oneLine(call.error ?? ''),
  ]);
}

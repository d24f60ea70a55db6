import type { AcceptedEvent } from '../support/homeserver.ts';
import type { LoggedPush, LoggedWorld } from './log-fold.ts';
import { botLogin } from './people.ts';

/** A redelivery that two instances look at in the same moment may pass the bound by one each. */
const maxRedeliveries = 100 + 2;

/** A body that Gitea sent, and whether any of its deliveries was answered 2xx. */
export interface SentBody {
  readonly digest: string;
  readonly isPush: boolean;
  readonly taken: boolean;
}

export interface Evidence {
  readonly sent: readonly SentBody[];
  readonly log: LoggedWorld;
  /** Runs by push id, those that are pushes; what a DAG run started counts elsewhere. */
  readonly runs: ReadonlyMap<string, { readonly count: number; readonly statuses: readonly string[] }>;
  readonly messages: readonly AcceptedEvent[];
  /** The push ids that dag_engine started runs for, one for each key. */
  readonly triggered: readonly string[];
}

/** What is wrong, each as a sentence; nothing when all promises were kept. Pure. */
export function violations({ sent, log, runs, messages, triggered }: Evidence): string[] {
  const found: string[] = [];
  for (const { digest, isPush, taken } of sent) {
    const pushIds = log.byDigest.get(digest) ?? [];
    const body = `the body ${digest.slice(0, 12)}`;
    if (!isPush && pushIds.length > 0) found.push(`${body} is no push, and is stored as one`);
    if (pushIds.length > 1) found.push(`${body} is stored ${pushIds.length} times: ${pushIds.join(', ')}`);
    if (isPush && taken && pushIds.length === 0) found.push(`${body} was answered 2xx, and is not stored`);
    if (log.rejected.has(digest)) found.push(`${body} was rejected`);
  }
  const named = namedPushes(log, messages, found);
  for (const push of log.pushes.values()) {
    found.push(...violationsOf(push, runs.get(push.pushId), named.get(push.pushId) ?? 0));
  }
  for (const pushId of runs.keys()) {
    if (!log.pushes.has(pushId)) found.push(`there is a run of ${pushId}, which is not in the log`);
  }
  const twice = triggered.filter((pushId, index) => triggered.indexOf(pushId) !== index);
  for (const pushId of twice) found.push(`dag_engine started push ${pushId} under two keys`);
  return found;
}

function violationsOf(
  push: LoggedPush,
  run: { readonly count: number; readonly statuses: readonly string[] } | undefined,
  messages: number,
): string[] {
  const { pushId, ignored } = push;
  const found: string[] = [];
  const status = ignored === null ? 'success' : 'ignored';
  if (run?.count !== 1) found.push(`push ${pushId} has ${run?.count ?? 0} runs`);
  else if (run.statuses[0] !== status) found.push(`push ${pushId} has a run that is ${run.statuses[0]}`);
  const expected = ignored === null ? 1 : 0;
  if (messages !== expected) found.push(`push ${pushId} is named by ${messages} messages, not ${expected}`);
  if (ignored !== null && !push.within && push.pusher !== botLogin) {
    found.push(`push ${pushId} was ignored: ${ignored}`);
  }
  if (push.redeliveries > maxRedeliveries)
    found.push(`push ${pushId} holds ${push.redeliveries} redeliveries`);
  if (push.triggered > 1) found.push(`push ${pushId} is triggered ${push.triggered} times`);
  return found;
}

/** In how many messages of the room each push is: a message is what its last version says. */
function namedPushes(
  log: LoggedWorld,
  messages: readonly AcceptedEvent[],
  found: string[],
): Map<string, number> {
  const last = new Map<string, { version: number; pushIds: readonly string[] }>();
  const originals = new Map<string, string>();
  for (const { eventId, content } of messages) {
    const own = content['dev.pushledger'] as { message_id: string; version: number } | undefined;
    const plan = own && log.plans.get(`${own.message_id}.${own.version}`);
    if (!own || !plan) {
      found.push(`the room holds ${eventId}, which nobody planned`);
      continue;
    }
    const relation = content['m.relates_to'] as { event_id: string } | undefined;
    const original = originals.get(own.message_id);
    if (relation === undefined && original !== undefined)
      found.push(`message ${own.message_id} is in the room twice: ${original} and ${eventId}`);
    if (relation !== undefined && relation.event_id !== original)
      found.push(`${eventId} edits ${relation.event_id}, and message ${own.message_id} is ${original}`);
    if (relation === undefined) originals.set(own.message_id, eventId);
    const known = last.get(own.message_id);
    if (known && known.version >= own.version)
      found.push(`message ${own.message_id} came in version ${own.version} after ${known.version}`);
    last.set(own.message_id, { version: own.version, pushIds: plan.pushIds });
  }
  const named = new Map<string, number>();
  for (const { pushIds } of last.values())
    for (const pushId of pushIds) named.set(pushId, (named.get(pushId) ?? 0) + 1);
  return named;
}

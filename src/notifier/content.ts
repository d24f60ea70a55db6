import { hash } from 'node:crypto';
import type { DataOf } from '../events/catalogue.ts';
import type { MessageId, PushId } from '../events/ids.ts';
import type { AnnouncedPush } from './announced-push.ts';
import type { Fragment } from './fragment.ts';
import { type KnownPush, knownPush } from './known-push.ts';
import type { Detail } from './push-outline.ts';
import { render, renderNews } from './render.ts';

/** The content of a Matrix event: strings, integers, and lists and objects of them. A float is refused (M_BAD_JSON). */
export type MessageContent = DataOf<'NotificationPlanned'>['content'];

/** Bytes of JSON. A homeserver takes 65,536 for the whole event, of which its own fields need some. */
export const maxContentBytes = 60_000;

/** Where our own ids stand in the content, so that a message can be found again in its room. */
export const contentKey = 'dev.pushledger';

/** Of each push, while there is room for so many. */
const maxCommitsShown = 5;
/** More than this in one message would be a flood of its own. */
const maxCommitLines = 40;
/** The plan has them all; those in the content are for people who look at its source. */
const maxIdsShown = 100;

export interface MessageToRender {
  readonly messageId: MessageId;
  /** 1 for a new message; one more with each edit. */
  readonly version: number;
  /** Every push that the message names, oldest first; at least one. */
  readonly pushes: readonly AnnouncedPush[];
  /** The Matrix event that this edit replaces; null for a new message. */
  readonly replaces: string | null;
  /** Pushes that the version before names: what stands in for an edit on old clients and the console leaves them out. */
  readonly named?: ReadonlySet<PushId>;
}

/** The content to plan. Where it would be too large, commits are left out first, then links, then pushes; visibly. */
export function contentOf(message: MessageToRender, maxBytes = maxContentBytes): MessageContent {
  const pushes = message.pushes.map(knownPush);
  const withDetail = (detail: Detail) => wrap(message, pushes, detail);
  const fits = (content: MessageContent) => contentBytes(content) <= maxBytes;

  for (const detail of details(pushes.length)) {
    const content = withDetail(detail);
    if (fits(content)) return content;
  }
  // One more push is only ever more bytes, so that the most that fit are found by halving.
  let [most, tooMany] = [0, pushes.length];
  let best = withDetail({ commits: 0, lean: true, pushes: 0 });
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2);
    const content = withDetail({ commits: 0, lean: true, pushes: middle });
    if (fits(content)) [most, best] = [middle, content];
    else tooMany = middle;
  }
  return best;
}

export function contentBytes(content: MessageContent): number {
  return Buffer.byteLength(JSON.stringify(content));
}

/** From the most to the least that names every push. */
function details(pushes: number): Detail[] {
  const share = Math.max(1, Math.floor(maxCommitLines / Math.max(pushes, 1)));
  const commits = Math.min(maxCommitsShown, share);
  const withCommits = Array.from({ length: commits + 1 }, (_, less) => commits - less);
  return [
    ...withCommits.map((shown) => ({ commits: shown, lean: false, pushes })),
    { commits: 0, lean: true, pushes },
  ];
}

function wrap(message: MessageToRender, pushes: readonly KnownPush[], detail: Detail): MessageContent {
  const shown = notice(render(pushes, detail));
  const ids = { [contentKey]: ownIds(message) };
  if (message.replaces === null) return { ...shown, ...ids };
  return {
    msgtype: 'm.notice',
    // What clients show that know no edits, and the console.
    body: `* ${renderNews(pushes, detail, message.named ?? new Set())}`,
    'm.mentions': {},
    'm.new_content': shown,
    'm.relates_to': { rel_type: 'm.replace', event_id: message.replaces },
    ...ids,
  };
}

function notice({ plain, html }: Fragment): MessageContent {
  return {
    // What bots send, and what other bots do not answer.
    msgtype: 'm.notice',
    body: plain,
    format: 'org.matrix.custom.html',
    formatted_body: html,
    // Nobody is pinged by what a commit message says.
    'm.mentions': {},
  };
}

/** By message id and version the message is found again. A digest stands for more push ids than can be listed. */
function ownIds({ messageId, version, pushes }: MessageToRender): MessageContent {
  const ids = pushes.map(({ push }) => push.pushId);
  const all = { message_id: messageId, version, push_count: ids.length };
  return ids.length <= maxIdsShown
    ? { ...all, push_ids: ids }
    : { ...all, push_ids_sha256: hash('sha256', ids.join('\n'), 'hex') };
}

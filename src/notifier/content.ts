import type { DataOf } from '../events/catalogue.ts';
import type { MessageId } from '../events/ids.ts';
import type { PushReceived } from '../events/push-received.ts';
import type { Fragment } from './fragment.ts';
import { maxCommitsShown, render } from './render.ts';

/** The content of a Matrix event: strings, integers, and lists and objects of them. A float is refused (M_BAD_JSON). */
export type MessageContent = DataOf<'NotificationPlanned'>['content'];

/** Bytes of JSON. A homeserver takes 65,536 for the whole event, of which its own fields need some. */
export const maxContentBytes = 60_000;

/** Where our own ids stand in the content, so that a message can be found again in its room. */
export const contentKey = 'dev.pushledger';

export interface MessageToRender {
  readonly messageId: MessageId;
  readonly version: number;
  readonly push: PushReceived;
}

/** The content to plan. Where it would be too large, fewer commits are listed and more are counted. */
export function contentOf(message: MessageToRender, maxBytes = maxContentBytes): MessageContent {
  for (let commitsShown = maxCommitsShown; ; commitsShown--) {
    const content = wrap(message, render(message.push, commitsShown));
    if (commitsShown === 0 || contentBytes(content) <= maxBytes) return content;
  }
}

export function contentBytes(content: MessageContent): number {
  return Buffer.byteLength(JSON.stringify(content));
}

function wrap(message: MessageToRender, { plain, html }: Fragment): MessageContent {
  return {
    // A notice: what bots send, and what other bots do not answer.
    msgtype: 'm.notice',
    body: plain,
    format: 'org.matrix.custom.html',
    formatted_body: html,
    // Nobody is pinged by what a commit message says.
    'm.mentions': {},
    [contentKey]: {
      message_id: message.messageId,
      version: message.version,
      push_ids: [message.push.pushId],
    },
  };
}

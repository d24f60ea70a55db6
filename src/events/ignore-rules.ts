import { matchesWildcard } from '../runtime/wildcard.ts';
import type { Commit, PushReceived } from './push-received.ts';

/** Whose pushes are recorded but announced to nobody. In every text `*` stands for anything, and case does not count. */
export interface IgnoreRules {
  /** Login names. `gitea-actions` stands for the Actions bot, whatever it is called. */
  readonly pushers: readonly string[];
  /** Names, e-mail addresses or user names of those who wrote the commits. */
  readonly authors: readonly string[];
  /** What the message of the newest commit contains. */
  readonly messages: readonly string[];
  /** The login of our own account on Gitea; null where it is not to be ignored, or not known. */
  readonly ownAccount: () => string | null;
}

export const ignoreNothing: IgnoreRules = { pushers: [], authors: [], messages: [], ownAccount: () => null };

/** The Actions bot's account id; its login can be configured, so that the id is the surer sign. */
const actionsBotId = -2;

/** Why a push is announced to nobody; null where it is. */
export function whyIgnored(
  push: Pick<PushReceived, 'pusher' | 'commits' | 'totalCommits' | 'totalIsFloor'>,
  rules: IgnoreRules,
): string | null {
  return ignoredPusher(push, rules) ?? ignoredAuthors(push, rules) ?? ignoredMessage(push, rules);
}

function ignoredPusher({ pusher }: Pick<PushReceived, 'pusher'>, rules: IgnoreRules): string | null {
  if (!pusher) return null;
  const named = rules.pushers.some((pattern) => matchesWildcard(pattern, pusher.login));
  const isBot = pusher.id === actionsBotId && rules.pushers.includes('gitea-actions');
  if (named || isBot) return `pusher ${pusher.login}`;
  const own = rules.ownAccount();
  return own !== null && own.toLowerCase() === pusher.login.toLowerCase()
    ? `pusher ${pusher.login}, the account of GITEA_TOKEN (ignore.ownAccount)`
    : null;
}

/** Only where every commit is known: one by somebody else among them, and people want to hear of the push. */
function ignoredAuthors(
  { commits, totalCommits, totalIsFloor }: Pick<PushReceived, 'commits' | 'totalCommits' | 'totalIsFloor'>,
  { authors }: IgnoreRules,
): string | null {
  const [commit] = commits;
  if (!commit || totalIsFloor || totalCommits > commits.length) return null;
  if (!commits.every(({ author }) => isAmong(authors, author))) return null;
  return `author ${commit.author.name || commit.author.email || commit.author.username}`;
}

function isAmong(patterns: readonly string[], { name, email, username }: Commit['author']): boolean {
  const known = [name, email, username].filter((text) => text !== '');
  return patterns.some((pattern) => known.some((text) => matchesWildcard(pattern, text)));
}

/** A push without commits (a tag, a new branch at an old commit) is not what its head's message speaks of. */
function ignoredMessage(
  { commits }: Pick<PushReceived, 'commits'>,
  { messages }: IgnoreRules,
): string | null {
  const newest = commits.at(-1);
  const pattern = newest && messages.find((each) => matchesWildcard(`*${each}*`, newest.message));
  return pattern === undefined ? null : `message with ${pattern}`;
}

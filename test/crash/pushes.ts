import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A delivery to send, and what is to come of it. */
export interface TestPush {
  /** Tells it from all others; stands in the push's commit message. */
  readonly label: string;
  readonly event: 'push' | 'delete' | 'create';
  readonly body: Buffer;
  /** `none`: a delivery that is no push. */
  readonly expected: 'announced' | 'ignored' | 'none';
}

interface Body {
  ref: string;
  before?: string;
  after?: string;
  commits?: { id: string; message: string }[] | null;
  head_commit?: { id: string; message: string } | null;
  repository?: { id: number; name: string; full_name: string };
  label?: string;
}

const kinds = [
  { fixture: 'push-first-default-branch', event: 'push', expected: 'announced' },
  { fixture: 'push-12-commits-capped-5', event: 'push', expected: 'announced' },
  { fixture: 'push-force-rewind', event: 'push', expected: 'announced' },
  { fixture: 'push-force-rewrite', event: 'push', expected: 'announced' },
  { fixture: 'push-mirror-new-branch', event: 'push', expected: 'announced' },
  { fixture: 'push-tag-create', event: 'push', expected: 'announced' },
  { fixture: 'push-tag-delete', event: 'push', expected: 'announced' },
  { fixture: 'delete-branch', event: 'delete', expected: 'announced' },
  { fixture: 'push-actions-bot', event: 'push', expected: 'ignored' },
  { fixture: 'push-web-ui-test-delivery', event: 'push', expected: 'none' },
  { fixture: 'create-tag', event: 'create', expected: 'none' },
] as const;

/** A push of one new commit to a branch, of one repository or of one that was never seen before. */
export function commitPush(label: string, { newRepository = false } = {}): TestPush {
  const push = vary('push-force-rewrite', { label, event: 'push', expected: 'announced' });
  if (!newRepository) return push;
  const sha = shaOf(label);
  const body = JSON.parse(push.body.toString()) as Body;
  const name = `repository-${sha.slice(0, 8)}`;
  Object.assign(body.repository ?? {}, {
    id: Number.parseInt(sha.slice(0, 8), 16),
    name,
    full_name: `acme/${name}`,
  });
  return { ...push, body: Buffer.from(JSON.stringify(body)) };
}

/** So many deliveries, of all kinds in turn, each of its own. */
export function pushesOfAllKinds(count: number): TestPush[] {
  return Array.from({ length: count }, (_, index) => {
    const { fixture, event, expected } = kinds[index % kinds.length] ?? kinds[0];
    return vary(fixture, { label: `push ${index}`, event, expected });
  });
}

/** The recorded delivery with a commit (or, where there is none, a ref) of its own. */
function vary(fixture: string, push: Omit<TestPush, 'body'>): TestPush {
  const text = readFileSync(new URL(`../fixtures/${fixture}.json`, import.meta.url), 'utf8');
  const body = JSON.parse(text) as Body;
  const sha = shaOf(push.label);
  const isTest = body.before !== undefined && body.before === body.after;
  const deletes = body.after === undefined || /^0+$/.test(body.after);
  if (deletes) body.ref = `${body.ref}-${sha.slice(0, 8)}`;
  else if (!isTest) body.after = sha;
  const heads = [body.head_commit, body.commits?.at(-1)];
  for (const head of heads) if (head) Object.assign(head, { id: sha, message: `${push.label}\n` });
  // A field that Gitea does not know: no two of these bodies have the same bytes.
  body.label = push.label;
  return { ...push, body: Buffer.from(JSON.stringify(body, null, 2)) };
}

function shaOf(label: string): string {
  return createHash('sha1').update(label).digest('hex');
}

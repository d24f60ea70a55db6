import type { Commit, PushDetails } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { outsideText, safeHref } from '../../format/outside.ts';
import { shortSha, splitMessage } from '../../format/push-names.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside, OutsideLink } from '../../parts/outside.tsx';
import { Empty } from '../../parts/states.tsx';
import { Section } from '../../parts/view.tsx';

/** As Gitea lists them: the newest first. */
export function Commits({ push }: { readonly push: PushDetails }) {
  const text = useText().push;
  const { commits, totalCommits, totalIsFloor, compareUrl } = push;
  const isPartly = totalIsFloor || totalCommits > commits.length;
  return (
    <Section
      title={`${text.commits} (${totalCommits}${totalIsFloor ? '+' : ''})`}
      aside={safeHref(compareUrl) && <OutsideLink text={text.compare} href={compareUrl} />}
    >
      {commits.length === 0 ? (
        <Empty>{text.noCommits}</Empty>
      ) : (
        <ol className="commits">
          {commits.toReversed().map((commit) => (
            <CommitItem key={commit.id} commit={commit} />
          ))}
        </ol>
      )}
      {isPartly && commits.length > 0 && (
        <p className="faint">{text.commitsOf(commits.length, totalCommits, totalIsFloor)}</p>
      )}
    </Section>
  );
}

function CommitItem({ commit }: { readonly commit: Commit }) {
  const text = useText();
  const { title, body } = splitMessage(outsideText(commit.message));
  const { added, removed, modified } = commit.files;
  return (
    <li>
      <OutsideLink className="mono" text={shortSha(commit.id)} href={commit.url} />{' '}
      <Outside className="commit-title" text={title || text.pushes.noTitle} />
      {body && (
        <pre className="message-body" dir="auto">
          {body}
        </pre>
      )}
      {commit.messageCut && <p className="faint">{text.push.cut}</p>}
      <p className="faint">
        <Outside text={commit.author.name || commit.author.username || text.state.unknown} />
        {commit.authoredAt && (
          <>
            {' · '}
            <Moment at={commit.authoredAt} />
          </>
        )}
        {added + removed + modified > 0 && ` · ${text.push.files(added, removed, modified)}`}
      </p>
    </li>
  );
}

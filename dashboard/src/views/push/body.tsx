import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PushDetails } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { apiUrl, askText } from '../../api/request.ts';
import { bytes } from '../../format/duration.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Section } from '../../parts/view.tsx';

/** More than this makes the browser slow, in UTF-16 units. */
const maxShown = 200_000;

/** What Gitea signed, byte for byte; read only when somebody wants to see it. */
export function Body({ push }: { readonly push: PushDetails }) {
  const { text, language } = useSpoken();
  const [shown, setShown] = useState(false);
  const { body } = push;
  const path = `api/pushes/${push.pushId}/body`;
  return (
    <Section title={text.push.body}>
      {body === null ? (
        <p>{text.push.bodyNone}</p>
      ) : (
        <>
          <p>{text.push.bodyText(bytes(body.size, language), body.contentType, body.secret)}</p>
          <p className="faint mono small digest">SHA-256 {body.digest}</p>
          {body.stored ? (
            <p className="buttons start">
              <button type="button" aria-expanded={shown} onClick={() => setShown(!shown)}>
                {shown ? text.push.hideBody : text.push.showBody}
              </button>
              <a className="button" href={apiUrl(path).href} download={`push-${push.pushId}.json`}>
                {text.push.download}
              </a>
            </p>
          ) : (
            <p>{text.push.bodyTooLarge}</p>
          )}
          {shown && <Verbatim path={path} />}
        </>
      )}
    </Section>
  );
}

function Verbatim({ path }: { readonly path: string }) {
  const text = useText().push;
  const query = useQuery({
    queryKey: ['body', path],
    queryFn: ({ signal }) => askText(path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={query}>
      {(content) => (
        <>
          {content.length > maxShown && <p className="notice">{text.bodyCut}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by the keyboard */}
          <pre className="verbatim" tabIndex={0} dir="ltr">
            {content.slice(0, maxShown)}
          </pre>
        </>
      )}
    </Loaded>
  );
}

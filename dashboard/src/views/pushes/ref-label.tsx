import type { ListedPush } from '../../../../src/dashboard/api/schemas/pushes.ts';
import { refName } from '../../format/push-names.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Outside } from '../../parts/outside.tsx';

/** A branch or tag, and what happened to it where that is not just more commits. */
export function RefLabel({
  push,
}: {
  readonly push: Pick<ListedPush, 'ref' | 'refKind' | 'kind' | 'forced'>;
}) {
  const text = useText().pushes;
  return (
    <span className="ref-label">
      <Outside className="mono" text={refName(push)} />
      {push.refKind === 'tag' && <Badge tone="quiet">{text.tag}</Badge>}
      {push.kind !== 'updated' && <Badge tone="quiet">{text.kind[push.kind]}</Badge>}
      {push.forced === true && <Badge tone="warn">{text.forced}</Badge>}
    </span>
  );
}

import { useQuery } from '@tanstack/react-query';
import { healthQuery, projectionsQuery } from '../../api/queries.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Section, View } from '../../parts/view.tsx';
import { Parts } from './parts.tsx';
import { ProjectionTable } from './projection-table.tsx';
import { RebuildPanel } from './rebuild-panel.tsx';
import { useStanding } from './use-standing.ts';

export default function HealthView() {
  const text = useText().health;
  const health = useQuery(healthQuery);
  const projections = useQuery(projectionsQuery);
  const standing = useStanding(projections.data);
  return (
    <View title={text.title}>
      <Section title={text.parts}>
        <Loaded query={health}>{(report) => <Parts report={report} />}</Loaded>
      </Section>
      <Section title={text.projections}>
        <Loaded query={{ ...projections, data: standing }}>
          {(list) => <ProjectionTable head={list.head} projections={list.projections} />}
        </Loaded>
      </Section>
      <Section title={text.rebuildTitle}>
        <Loaded query={{ ...projections, data: standing }}>{(list) => <RebuildPanel list={list} />}</Loaded>
      </Section>
    </View>
  );
}

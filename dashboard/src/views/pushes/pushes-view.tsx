import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from 'wouter';
import { ApiFailure } from '../../api/failure.ts';
import { pushesQuery } from '../../api/queries.ts';
import { useText } from '../../i18n/i18n.tsx';
import { apiParameters, isFiltered, readFilters } from '../../location/push-filters.ts';
import { More } from '../../parts/more.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { View } from '../../parts/view.tsx';
import { Filters } from './filters.tsx';
import { PushTable } from './push-table.tsx';

export function PushesView() {
  const text = useText();
  const search = useSearch();
  const filters = readFilters(search);
  const query = useInfiniteQuery(pushesQuery(apiParameters(filters)));
  const wrongField = query.error instanceof ApiFailure ? query.error.field : null;
  return (
    <View title={text.pushes.title}>
      <Filters search={search} wrongField={wrongField} />
      <Loaded query={query}>
        {({ pages }) => {
          const pushes = pages.flatMap((page) => page.pushes);
          if (pushes.length === 0) {
            return isFiltered(filters) ? (
              <Empty>{text.pushes.noMatch}</Empty>
            ) : (
              <Empty hint={text.pushes.emptyHint}>{text.pushes.empty}</Empty>
            );
          }
          return (
            <>
              <PushTable pushes={pushes} filters={filters} />
              <More query={query} />
            </>
          );
        }}
      </Loaded>
    </View>
  );
}

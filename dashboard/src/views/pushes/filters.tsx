import { type FormEvent, useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import {
  type FilterName,
  filterNames,
  isFiltered,
  type PushFilters,
  readFilters,
} from '../../location/push-filters.ts';
import { places } from '../../shell/navigation.tsx';
import { FilterField, StatusField } from './filter-fields.tsx';

/** What the list is narrowed to. It takes effect by the address, so that it can be kept and sent. */
export function Filters({
  search,
  wrongField,
}: {
  /** Of the address. */
  readonly search: string;
  readonly wrongField: string | null;
}) {
  const text = useText().pushes;
  const [, navigate] = useLocation();
  const filters = useMemo(() => readFilters(search), [search]);
  const [values, setValues] = useState<PushFilters>(filters);
  // Another address, by the browser's own buttons too, fills the fields anew.
  useEffect(() => setValues(filters), [filters]);
  const others = filterNames.filter((name) => name !== 'q' && filters[name]);
  const [open, setOpen] = useState(others.length > 0);
  const set = (name: FilterName, value: string) =>
    setValues((before) => ({ ...before, [name]: value.trimStart() }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(addressOf(places.pushes, values));
  };
  const field = (name: FilterName, hint?: string) => (
    <FilterField
      name={name}
      label={text[name as 'repo']}
      hint={hint}
      value={values[name] ?? ''}
      isWrong={wrongField === name}
      onChange={(value) => set(name, value)}
    />
  );
  return (
    <search>
      <form className="filters" onSubmit={submit} aria-label={text.filters}>
        <div className="filter-line">
          {field('q', text.qHint)}
          <button type="submit" className="primary">
            {text.search}
          </button>
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {text.more}
            {others.length > 0 && ` (${others.length})`}
          </button>
          {isFiltered(filters) && (
            <button type="button" onClick={() => navigate(places.pushes)}>
              {text.clear}
            </button>
          )}
        </div>
        {open && (
          <div className="filter-grid">
            {field('repo', text.repoHint)}
            {field('branch')}
            {field('pusher')}
            {field('author')}
            {field('commit', text.commitHint)}
            <StatusField value={values.status ?? ''} onChange={(value) => set('status', value)} />
            {field('since')}
            {field('until')}
          </div>
        )}
      </form>
    </search>
  );
}

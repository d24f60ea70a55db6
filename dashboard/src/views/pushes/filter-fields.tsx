import { useId } from 'react';
import { useText } from '../../i18n/i18n.tsx';
import type { FilterName } from '../../location/push-filters.ts';

export function FilterField({
  name,
  label,
  hint,
  value,
  isWrong,
  onChange,
}: {
  readonly name: FilterName;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly value: string;
  readonly isWrong: boolean;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  const isDay = name === 'since' || name === 'until';
  return (
    <div className={`field ${name}`}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={isDay ? 'date' : name === 'q' ? 'search' : 'text'}
        value={value}
        placeholder={hint}
        maxLength={400}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={isWrong || undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

export function StatusField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const text = useText().pushes;
  const id = useId();
  return (
    <div className="field status">
      <label htmlFor={id}>{text.status}</label>
      <select id={id} name="status" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{text.anyStatus}</option>
        <option value="success">{text.success}</option>
        <option value="ignored">{text.ignored}</option>
      </select>
    </div>
  );
}

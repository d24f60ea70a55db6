import type { ReactNode } from 'react';

export interface Column {
  readonly title: string;
  readonly className?: string;
}

/**
 * A table that becomes a list of cards where there is little room: each cell then says itself what it is (`data-label`),
 * see `Cell`. What is too wide scrolls within the table's own box, which the keyboard reaches.
 */
export function Table({
  caption,
  columns,
  children,
  className = '',
}: {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by the keyboard
    <section className="table-box" aria-label={caption} tabIndex={0}>
      <table className={`cards ${className}`}>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, className: name }) => (
              <th key={title} scope="col" className={name}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export function Cell({
  label,
  className,
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <td data-label={label} className={className}>
      {children}
    </td>
  );
}

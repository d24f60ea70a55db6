import { Link, useLocation } from 'wouter';
import { useText } from '../i18n/i18n.tsx';
import { useParked } from './use-parked.ts';

export const places = {
  pushes: '/pushes',
  extractors: '/extractors',
  activity: '/activity',
  notifications: '/messages',
  hooks: '/hooks',
  health: '/health',
} as const;

export type Name = keyof typeof places;

export function Navigation() {
  const text = useText();
  const [path] = useLocation();
  const parked = useParked();
  return (
    <nav aria-label={text.menu}>
      <ul>
        {Object.entries(places).map(([name, to]) => {
          const here = path === to || path.startsWith(`${to}/`) || (path === '/' && name === 'pushes');
          const count = parked[name as Name];
          return (
            <li key={name}>
              <Link to={to} aria-current={here ? 'page' : undefined}>
                {text.nav[name as Name]}
                {count > 0 && (
                  <span className="count" title={text.health.parked(count)}>
                    <span aria-hidden="true">{count}</span>
                    <span className="hidden">, {text.health.parked(count)}</span>
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

import { type MouseEvent, type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { useText } from '../i18n/i18n.tsx';
import { LiveSign, LostNotice, News } from './live-sign.tsx';
import { Navigation } from './navigation.tsx';
import { Preferences } from './preferences.tsx';

export function Header({ children }: { readonly children?: ReactNode }) {
  const text = useText();
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place, which the address behind the # cannot name */}
      <a href="#content" className="skip" onClick={skip}>
        {text.skip}
      </a>
      <header>
        <Link to="/pushes" className="brand">
          <img src="./favicon.svg" alt="" width="22" height="22" />
          pushledger
        </Link>
        {children}
        <Preferences />
      </header>
    </>
  );
}

/** What stands around every view. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  useEffect(() => {
    if (path) window.scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <Header>
        <Navigation />
        <LiveSign />
      </Header>
      <LostNotice />
      <News />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** The address says which view it is, so that the link must not change it. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

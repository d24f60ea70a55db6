import { Component, type ReactNode, useEffect, useRef } from 'react';
import { ApiFailure } from '../api/failure.ts';
import { useText } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.tsx';
import { Failed } from '../parts/states.tsx';

/**
 * A view that cannot be shown takes nothing else with it. Mostly it could not be loaded: the service is away, or another
 * version of it runs, which has other files. Its key has to change with the view.
 */
export class ViewBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <Broken error={this.state.error} />;
  }
}

/** The address holds all that the reader had chosen, so that loading the page again loses nothing. */
function Broken({ error }: { readonly error: unknown }) {
  const text = useText();
  const { state } = useLive();
  const wasLost = useRef(false);
  useEffect(() => {
    if (state === 'lost') wasLost.current = true;
    else if (state === 'live' && wasLost.current) window.location.reload();
  }, [state]);
  const shown =
    state === 'lost' ? new ApiFailure(text.state.unreachable, { status: null, code: 'UNREACHABLE' }) : error;
  return (
    <>
      <h1 tabIndex={-1}>{text.state.failed}</h1>
      <Failed error={shown} again={() => window.location.reload()} />
    </>
  );
}

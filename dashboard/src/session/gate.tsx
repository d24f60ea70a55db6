import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.ts';
import { useText } from '../i18n/i18n.tsx';
import { Failed, Loading } from '../parts/states.tsx';
import { View } from '../parts/view.tsx';
import { SignInForm } from './sign-in-form.tsx';

/** In place of the page, for who may not read it (yet): how they may. */
export function Gate() {
  const text = useText();
  const session = useQuery(sessionQuery);
  return (
    <main id="content" className="gate" tabIndex={-1}>
      {session.data ? (
        <View title={text.signIn.title}>
          <div className="card">{session.data.canSignIn ? <SignInForm /> : <p>{text.signIn.closed}</p>}</div>
        </View>
      ) : session.error ? (
        <Failed error={session.error} again={() => void session.refetch()} />
      ) : (
        <Loading />
      )}
    </main>
  );
}

import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { sessionQuery } from '../api/queries.ts';
import { useText } from '../i18n/i18n.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { SignInForm } from './sign-in-form.tsx';

/** Does something that needs a sign-in: at once where there is one, else after it. */
type WithSignIn = (act: () => void) => void;

const context = createContext<WithSignIn>(() => undefined);

export function AdminProvider({ children }: { readonly children: ReactNode }) {
  const text = useText();
  const { data: session } = useQuery(sessionQuery);
  const [wanted, setWanted] = useState<(() => void) | null>(null);
  const withSignIn = useMemo<WithSignIn>(
    () => (act) => (session?.signedIn ? act() : setWanted(() => act)),
    [session?.signedIn],
  );
  const close = () => setWanted(null);
  return (
    <context.Provider value={withSignIn}>
      {children}
      {wanted && (
        <Dialog title={text.signIn.title} onClose={close}>
          {session?.canSignIn === false ? (
            <>
              <p>{text.signIn.closedForChanges}</p>
              <p className="buttons">
                <button type="button" onClick={close}>
                  {text.signIn.cancel}
                </button>
              </p>
            </>
          ) : (
            <SignInForm
              onCancel={close}
              onDone={() => {
                close();
                wanted();
              }}
            />
          )}
        </Dialog>
      )}
    </context.Provider>
  );
}

export function useWithSignIn(): WithSignIn {
  return useContext(context);
}

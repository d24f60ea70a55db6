import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { sessionQuery } from '../api/queries.ts';
import { ask } from '../api/request.ts';
import { useSpoken } from '../i18n/i18n.tsx';
import { catalogues, type Language } from '../i18n/language.ts';
import { type Theme, themes, useTheme } from '../theme/use-theme.ts';

export function Preferences() {
  const { text, language, speak } = useSpoken();
  const [theme, setTheme] = useTheme();
  return (
    <div className="preferences">
      <select
        aria-label={text.settings.theme}
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
      >
        {themes.map((each) => (
          <option key={each} value={each}>
            {text.settings[each]}
          </option>
        ))}
      </select>
      <select
        aria-label={text.settings.language}
        value={language}
        onChange={(event) => speak(event.target.value as Language)}
      >
        {Object.entries(catalogues).map(([code, catalogue]) => (
          <option key={code} value={code} lang={code}>
            {catalogue.language}
          </option>
        ))}
      </select>
      <SignOut />
    </div>
  );
}

function SignOut() {
  const { text } = useSpoken();
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const signOut = useMutation({
    mutationFn: () => ask('api/session', { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries(),
  });
  if (!session?.signedIn) return null;
  return (
    <button type="button" className="small" onClick={() => signOut.mutate()} disabled={signOut.isPending}>
      {text.signIn.out}
    </button>
  );
}

import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { createQueryClient } from './api/query-client.ts';
import { App } from './app.tsx';
import { LanguageProvider } from './i18n/i18n.tsx';
import { usePlace, usePlaceSearch } from './location/use-place.ts';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/table.css';
import './styles/views.css';

const root = document.getElementById('page');
if (!root) throw new Error('index.html has no #page');
createRoot(root).render(
  <QueryClientProvider client={createQueryClient()}>
    <LanguageProvider>
      <Router hook={usePlace} searchHook={usePlaceSearch}>
        <App />
      </Router>
    </LanguageProvider>
  </QueryClientProvider>,
);

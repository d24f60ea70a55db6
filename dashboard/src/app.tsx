import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { sessionQuery } from './api/queries.ts';
import { useText } from './i18n/i18n.tsx';
import { LiveProvider } from './live/live.tsx';
import { Arrival } from './parts/arrival.ts';
import { Empty, Loading } from './parts/states.tsx';
import { View } from './parts/view.tsx';
import { AdminProvider } from './session/admin.tsx';
import { Gate } from './session/gate.tsx';
import { loadAhead } from './shell/load-ahead.ts';
import { places } from './shell/navigation.tsx';
import { Header, Shell } from './shell/shell.tsx';
import { ViewBoundary } from './shell/view-boundary.tsx';
import { PushesView } from './views/pushes/pushes-view.tsx';

// What is not looked at first is loaded after it.
const loaders = {
  push: () => import('./views/push/push-view.tsx'),
  extractors: () => import('./views/extractors/extractors-view.tsx'),
  activity: () => import('./views/activity/activity-view.tsx'),
  notifications: () => import('./views/notifications/notifications-view.tsx'),
  hooks: () => import('./views/hooks/hooks-view.tsx'),
  health: () => import('./views/health/health-view.tsx'),
};
const PushView = lazy(loaders.push);
const ExtractorsView = lazy(loaders.extractors);
const ActivityView = lazy(loaders.activity);
const NotificationsView = lazy(loaders.notifications);
const HooksView = lazy(loaders.hooks);
const HealthView = lazy(loaders.health);

export function App() {
  const { data: session } = useQuery(sessionQuery);
  if (!session?.mayRead) {
    return (
      <>
        <Header />
        <Gate />
      </>
    );
  }
  return (
    <AdminProvider>
      <LiveProvider>
        <Shell>
          <Views />
        </Shell>
      </LiveProvider>
    </AdminProvider>
  );
}

function Views() {
  const [path] = useLocation();
  const first = useRef(path);
  const hasMoved = useRef(false);
  if (path !== first.current) hasMoved.current = true;
  useEffect(() => loadAhead(Object.values(loaders)), []);
  return (
    <Arrival.Provider value={hasMoved}>
      <ViewBoundary key={path}>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={PushesView} />
            <Route path={places.pushes} component={PushesView} />
            <Route path="/pushes/:pushId">{({ pushId }) => <PushView key={pushId} pushId={pushId} />}</Route>
            <Route path={places.extractors} component={ExtractorsView} />
            <Route path={places.activity} component={ActivityView} />
            <Route path={places.notifications} component={NotificationsView} />
            <Route path={places.hooks} component={HooksView} />
            <Route path={places.health} component={HealthView} />
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Suspense>
      </ViewBoundary>
    </Arrival.Provider>
  );
}

function NotFound() {
  const text = useText();
  return (
    <View title={text.state.notFound}>
      <Empty>{text.state.notFound}</Empty>
    </View>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ProjectionList, Rebuild } from '../../../../src/dashboard/api/schemas/projections.ts';
import { projectionsQuery } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { failureText } from '../../parts/states.tsx';
import { useWithSignIn } from '../../session/admin.tsx';
import { RebuildStanding } from './rebuild-standing.tsx';

/** Starts a rebuild, and shows how far it is. */
export function RebuildPanel({ list }: { readonly list: ProjectionList }) {
  const text = useText();
  const client = useQueryClient();
  const withSignIn = useWithSignIn();
  const names = list.projections.filter(({ rebuildable }) => rebuildable).map(({ name }) => name);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [dryRun, setDryRun] = useState(true);
  const [isAsking, setAsking] = useState(false);
  const chosen = names.filter((name) => !left.has(name));
  const start = useMutation({
    mutationFn: () => ask<Rebuild>('api/rebuilds', { method: 'POST', body: { projections: chosen, dryRun } }),
    onSettled: () => client.invalidateQueries(projectionsQuery),
  });
  const isRunning = list.rebuild?.state === 'running';
  const toggle = (name: string) => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };
  const close = () => setAsking(false);
  return (
    <>
      <p>{text.health.rebuildText}</p>
      <fieldset disabled={isRunning}>
        <legend>{text.health.choose}</legend>
        {names.map((name) => (
          <label key={name} className="check">
            <input type="checkbox" checked={!left.has(name)} onChange={() => toggle(name)} />
            <span className="mono">{name}</span>
          </label>
        ))}
      </fieldset>
      <p className="buttons start">
        <label className="check">
          <input type="checkbox" checked={dryRun} disabled={isRunning} onChange={() => setDryRun(!dryRun)} />
          {text.health.dryRun}
        </label>
        <button
          type="button"
          className="primary"
          disabled={isRunning || start.isPending || chosen.length === 0}
          onClick={() => withSignIn(() => (dryRun ? start.mutate() : setAsking(true)))}
        >
          {start.isPending ? text.health.starting : text.health.start}
        </button>
        {chosen.length === 0 && <span className="faint">{text.health.noneChosen}</span>}
      </p>
      {start.error && (
        <p className="notice bad" role="alert">
          {failureText(start.error, text.state.unreachable)}
        </p>
      )}
      {list.rebuild && <RebuildStanding rebuild={list.rebuild} />}
      {isAsking && (
        <Dialog title={text.health.confirmTitle} onClose={close}>
          <p className="mono">{chosen.join(', ')}</p>
          <p className="buttons">
            <button type="button" onClick={close}>
              {text.signIn.cancel}
            </button>
            <button
              type="button"
              className="primary"
              onClick={() => {
                close();
                start.mutate();
              }}
            >
              {text.health.confirm}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}

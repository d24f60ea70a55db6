import { useText } from '../i18n/i18n.tsx';

interface Paged {
  readonly data: { readonly pages: readonly unknown[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => unknown;
}

/** Goes on with a list; says so where it has ended. */
export function More({ query }: { readonly query: Paged }) {
  const text = useText();
  if (!query.hasNextPage) {
    return (query.data?.pages.length ?? 0) > 1 ? <p className="more faint">{text.state.end}</p> : null;
  }
  return (
    <p className="more">
      <button
        type="button"
        disabled={query.isFetchingNextPage}
        onClick={() => {
          void query.fetchNextPage();
        }}
      >
        {query.isFetchingNextPage ? text.state.loadingMore : text.state.more}
      </button>
      {query.isFetchNextPageError && <span role="alert"> {text.state.failed}</span>}
    </p>
  );
}

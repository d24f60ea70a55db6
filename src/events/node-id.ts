/**
 * The name of a repository's node in data_factory: `gitea_push_<repo>`, and with the owner in it where that is not
 * the configured one. Without a configured owner the short form serves all; the projection settles conflicts.
 */
export function nodeIdOf(
  repository: { owner: string; name: string },
  configuredOwner: string | null,
): string {
  const own = configuredOwner === null || repository.owner.toLowerCase() === configuredOwner.toLowerCase();
  return own ? `gitea_push_${repository.name}` : `gitea_push_${repository.owner}/${repository.name}`;
}

/** A repository, whatever it is called by now. */
export interface RepositoryReference {
  readonly instance: string;
  readonly id: number;
}

/** As the notifier's tables name it. An instance's name has no spaces. */
export function repositoryKey({ instance, id }: RepositoryReference): string {
  return `${instance} ${id}`;
}

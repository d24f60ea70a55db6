/** How dark a cell of the heat map is, 0 to 1: by the root, so that few pushes still show beside very many. */
export function shareOf(count: number, most: number): number {
  if (count <= 0 || most <= 0) return 0;
  return Math.min(0.18 + 0.82 * Math.sqrt(count / most), 1);
}

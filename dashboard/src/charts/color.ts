/** A colour with some of it taken away. @param color `rgb(r, g, b)`, as a computed style gives it; @param alpha 0 to 1 */
export function withAlpha(color: string, alpha: number): string {
  const [red = '0', green = '0', blue = '0'] = color.match(/[\d.]+/g) ?? [];
  return `rgba(${red}, ${green}, ${blue}, ${alpha.toFixed(3)})`;
}

/**
 * The fewest of these steps with which it still fails: one after another is left out, for as long as that helps.
 *
 * @param fails runs the case anew
 */
export async function shrink<Step>(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let smallest = steps;
  for (let index = 0; index < smallest.length; ) {
    const fewer = smallest.toSpliced(index, 1);
    if (await fails(fewer)) smallest = fewer;
    else index++;
  }
  return smallest;
}

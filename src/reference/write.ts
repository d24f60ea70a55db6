import { readFile, writeFile } from 'node:fs/promises';
import { blocks, withBlock } from './blocks.ts';

// `npm run reference`: writes what is made of the code into the pages of the documentation.
for (const { page, name, render } of blocks) {
  const path = new URL(`../../${page}`, import.meta.url);
  await writeFile(path, withBlock(await readFile(path, 'utf8'), name, await render()));
}

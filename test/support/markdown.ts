/** Fenced blocks with the language and, from a comment in front, what they have to do with: `file: …`. */
export function readBlocks(text: string) {
  return [...text.matchAll(/(?:<!-- (\w+): (.+?) -->\n\n)?```(\w+)\n([^]*?)```/g)].map(
    ([, kind, subject = '', language, block = '']) => ({ kind, subject, language, text: block }),
  );
}

/** The lines of a text that are not in an output, in this order; `…` stands for any number of lines, times do not count. */
export function missingLines(output: string, text: string): string[] {
  const timeless = (lines: string) => lines.replaceAll(/ +\d+\.\d$/gm, ' ms').split('\n');
  const printed = timeless(output);
  let from = 0;
  return timeless(text.trimEnd()).filter((line) => {
    const found = line === '…' ? from - 1 : printed.indexOf(line, from);
    if (found >= from) from = found + 1;
    return line !== '…' && found === -1;
  });
}

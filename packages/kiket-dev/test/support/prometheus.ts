/** What an expression asks for: metrics by the values of their labels, and the labels by which it groups. */
export interface Expression {
  selectors: { metric: string; matchers: Record<string, string[]> }[];
  grouping: string[];
}

const label = /(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g;

/** Reads as much of PromQL as alerts need. Whatever is no function, no operator and no number counts as a metric. */
export function readExpression(expression: string): Expression {
  const grouping: string[] = [];
  const ungrouped = expression.replaceAll(/\b(?:by|without)\s*\(([^)]*)\)/g, (_all, labels: string) => {
    grouping.push(...labels.split(/\s*,\s*/));
    return '';
  });
  const words = ungrouped.replaceAll(/\[[^\]]*\]/g, '').matchAll(/([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\}|(\())?/g);
  const selectors = [...words]
    .filter(([, word = '', , call]) => call === undefined && !['and', 'or', 'unless'].includes(word))
    .map(([, metric = '', matchers = '']) => ({ metric, matchers: readMatchers(matchers) }));
  return { selectors, grouping };
}

function readMatchers(text: string): Record<string, string[]> {
  return Object.fromEntries([...text.matchAll(label)].map(([, name = '', value = '']) => [name, value.split('|')]));
}

/** Reads an exposition: name of each sample → its labels → all their values. */
export function readSamples(exposition: string): Record<string, Record<string, string[]>> {
  const samples: Record<string, Record<string, string[]>> = {};
  for (const [, metric = '', labels = ''] of exposition.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = (samples[metric] ??= {});
    for (const [, name = '', value = ''] of labels.matchAll(label)) (known[name] ??= []).push(value);
  }
  return samples;
}

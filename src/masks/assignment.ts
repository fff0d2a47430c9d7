// The assignment problem: who goes with whom so that the sum of weights is the greatest.

/** [row, column, weight], weight above 0; pairs that are not listed weigh nothing. */
export type WeightedPair = readonly [row: number, column: number, weight: number];

/**
 * Pairs of which no two share a row or a column, with the greatest sum of weights there is (Kuhn 1955; by shortest augmenting paths, Jonker & Volgenant
 * 1987), in the order of rows. Where several have that sum, the same one every time. Parts that share neither rows nor columns are solved
 * apart, so that what is large is rare. Cost: rows^2 x columns of the largest part.
 *
 * @example bestAssignment([[0, 0, 0.9], [0, 1, 0.8], [1, 0, 0.7]]) // [[0, 1, 0.8], [1, 0, 0.7]]
 */
export function bestAssignment(pairs: readonly WeightedPair[]): WeightedPair[] {
  if (pairs.length < 2) return [...pairs];
  return partsOf(pairs)
    .flatMap((part) => (part.length === 1 ? part : solved(part)))
    .sort(([a], [b]) => a - b);
}

/** Connected parts, each in the order of its pairs. */
function partsOf(pairs: readonly WeightedPair[]): WeightedPair[][] {
  const parent = new Map<string, string>();
  const rootOf = (node: string): string => {
    const up = parent.get(node) ?? node;
    if (up === node) return node;
    const root = rootOf(up);
    parent.set(node, root);
    return root;
  };
  for (const [row, column] of pairs) {
    const [a, b] = [rootOf(`r${row}`), rootOf(`c${column}`)];
    if (a !== b) parent.set(b, a);
  }
  const parts = new Map<string, WeightedPair[]>();
  for (const pair of pairs) {
    const root = rootOf(`r${pair[0]}`);
    const part = parts.get(root);
    if (part === undefined) parts.set(root, [pair]);
    else part.push(pair);
  }
  return [...parts.values()];
}

function solved(pairs: readonly WeightedPair[]): WeightedPair[] {
  const number = (side: 0 | 1) => [...new Set(pairs.map((pair) => pair[side]))].sort((a, b) => a - b);
  const [rows, columns] = [number(0), number(1)];
  const turned = rows.length > columns.length;
  const [few, many] = turned ? [columns, rows] : [rows, columns];
  const weights = few.map(() => new Float64Array(many.length));
  for (const [row, column, weight] of pairs) {
    const [i, j] = turned
      ? [few.indexOf(column), many.indexOf(row)]
      : [few.indexOf(row), many.indexOf(column)];
    weights[i]![j] = weight;
  }
  const places = assigned(weights);
  return places.flatMap((j, i): WeightedPair[] => {
    const weight = weights[i]![j]!;
    if (weight === 0) return [];
    return [turned ? [many[j]!, few[i]!, weight] : [few[i]!, many[j]!, weight]];
  });
}

/** The column of each row: no more rows than columns. Every row in turn takes the shortest path to a free column; costs are negative weights. */
function assigned(weights: readonly Float64Array[]): number[] {
  const columns = weights[0]!.length;
  const free = columns;
  // Potentials of rows and columns, and the row of each column; place `columns` stands for the row under way.
  const rowPotential = new Float64Array(weights.length);
  const columnPotential = new Float64Array(columns + 1);
  const owner = new Int32Array(columns + 1).fill(-1);
  for (let row = 0; row < weights.length; row++) {
    owner[free] = row;
    const shortest = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const from = new Int32Array(columns).fill(free);
    const seen = new Uint8Array(columns + 1);
    let at = free;
    while (owner[at] !== -1) {
      seen[at] = 1;
      const current = owner[at]!;
      let [step, next] = [Number.POSITIVE_INFINITY, -1];
      for (let j = 0; j < columns; j++) {
        if (seen[j] === 1) continue;
        const cost = -weights[current]![j]! - rowPotential[current]! - columnPotential[j]!;
        if (cost < shortest[j]!) {
          shortest[j] = cost;
          from[j] = at;
        }
        if (shortest[j]! < step) [step, next] = [shortest[j]!, j];
      }
      for (let j = 0; j <= columns; j++)
        if (seen[j] === 1) {
          rowPotential[owner[j]!]! += step;
          columnPotential[j]! -= step;
        } else if (j < columns) shortest[j]! -= step;
      at = next;
    }
    while (at !== free) {
      const before = from[at]!;
      owner[at] = owner[before]!;
      at = before;
    }
  }
  const places = new Array<number>(weights.length).fill(0);
  for (let j = 0; j < columns; j++) if (owner[j]! >= 0) places[owner[j]!] = j;
  return places;
}

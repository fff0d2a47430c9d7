/** What `bound` found: rows, and blocks of 32 columns, that hold all set pixels. */
export let firstRow: i32 = 0;
export let endRow: i32 = 0;
export let firstBlock: i32 = 0;
export let blocks: i32 = 0;

/** Looks where a mask is set; false: nowhere. `used` has room for a word a block. */
export function bound(words: usize, stride: i32, height: i32, used: usize): bool {
  memory.fill(used, 0, (<usize>stride) << 2);
  firstRow = -1;
  for (let y = 0; y < height; y++) {
    const row = words + ((<usize>(y * stride)) << 2);
    let any: u32 = 0;
    for (let at: usize = 0, end = (<usize>stride) << 2; at < end; at += 4) {
      const word = load<u32>(row + at);
      if (word === 0) continue;
      any = 1;
      store<u32>(used + at, 1);
    }
    if (any === 0) continue;
    if (firstRow < 0) firstRow = y;
    endRow = y + 1;
  }
  if (firstRow < 0) return false;
  firstBlock = 0;
  while (load<u32>(used + ((<usize>firstBlock) << 2)) === 0) firstBlock++;
  let last = stride - 1;
  while (load<u32>(used + ((<usize>last) << 2)) === 0) last--;
  blocks = last - firstBlock + 1;
  return true;
}

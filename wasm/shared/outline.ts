// Outlines as DAVIS draws them, and how much of one lies near another. Masks are bits as in src/masks/bit-mask.ts.

import { blocks, bound, endRow, firstBlock, firstRow } from "./bound";

/**
 * Sets the pixels that differ from the one to the right, the one below or the one to the lower right. In the last row only the right
 * neighbour counts, in the last column only the one below; the last pixel of all is never set.
 */
export function outline(mask: usize, stride: i32, width: i32, height: i32, to: usize): void {
  const pitch = (<usize>stride) << 2;
  const last: u32 = 1 << ((width - 1) & 31);
  for (let y = 0; y < height; y++, mask += pitch, to += pitch) {
    const below = y + 1 < height;
    for (let i = 0; i < stride; i++) {
      const at = (<usize>i) << 2;
      const inner = i + 1 < stride;
      const own = load<u32>(mask + at);
      const under = below ? load<u32>(mask + pitch + at) : own;
      const right = (own >>> 1) | (inner ? load<u32>(mask + at, 4) << 31 : 0);
      const corner = below ? (under >>> 1) | (inner ? load<u32>(mask + pitch + at, 4) << 31 : 0) : right;
      let edge = (own ^ right) | (own ^ under) | (own ^ corner);
      if (!inner) edge = (edge & ~last) | ((own ^ under) & last);
      store<u32>(to + at, edge);
    }
  }
}

/**
 * Counts the pixels of one mask, and those of them that have a pixel of the other within a disk, into two words at address 0; `scratch` has
 * room for a word a block. Words of 32 pixels are compared with the other's rows, nearest rows first, until all are matched.
 */
export function near(mask: usize, other: usize, stride: i32, height: i32, radius: i32, scratch: usize): void {
  const pitch = (<usize>stride) << 2;
  const any = bound(other, stride, height, scratch);
  let count: u32 = 0;
  let matched: u32 = 0;
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < stride; i++) {
      const word = load<u32>(mask + <usize>y * pitch + ((<usize>i) << 2));
      if (word === 0) continue;
      count += popcnt(word);
      if (!any || (i << 5) + 31 + radius < firstBlock << 5 || (i << 5) - radius >= (firstBlock + blocks) << 5)
        continue;
      let left = word;
      let reach = radius;
      for (let dy = 0; dy <= radius && left !== 0; dy++) {
        while (reach * reach + dy * dy > radius * radius) reach--;
        if (y - dy >= firstRow && y - dy < endRow)
          left &= ~within(other + <usize>(y - dy) * pitch, i, stride, reach);
        if (dy > 0 && y + dy >= firstRow && y + dy < endRow)
          left &= ~within(other + <usize>(y + dy) * pitch, i, stride, reach);
      }
      matched += popcnt(word & ~left);
    }
  }
  store<u32>(0, count);
  store<u32>(0, matched, 4);
}

/** Of the 32 pixels of word i, those that have a set pixel of the row at most `reach` columns away. */
function within(row: usize, i: i32, stride: i32, reach: i32): u32 {
  const at = row + ((<usize>i) << 2);
  let found = load<u32>(at);
  if (found !== 0) {
    if (reach >= 31) return -1;
    // Each step at most doubles what is reached, so that no pixel is passed over.
    for (let done = 0; done < reach; ) {
      const step = min(done + 1, reach - done);
      found |= (found << step) | (found >>> step);
      done += step;
    }
  }
  // Of another word only the pixel that lies nearest counts.
  for (let d = 1; d <= i && (d << 5) - 31 <= reach; d++) {
    const word = load<u32>(at - ((<usize>d) << 2));
    if (word === 0) continue;
    const rest = reach - ((d << 5) - 31 + <i32>clz(word));
    if (rest >= 0) found |= rest >= 31 ? -1 : (2 << rest) - 1;
    break;
  }
  for (let d = 1; d < stride - i && (d << 5) - 31 <= reach; d++) {
    const word = load<u32>(at + ((<usize>d) << 2));
    if (word === 0) continue;
    const rest = reach - ((d << 5) - 31 + <i32>ctz(word));
    if (rest >= 0) found |= rest >= 31 ? -1 : -1 << (31 - rest);
    break;
  }
  return found;
}

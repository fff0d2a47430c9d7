// Which frames a frame is attended with, as sam2_base.py chooses them (`_prepare_memory_conditioned_features`).

export interface MemoryRules {
  /** Memories of a frame, one row of the temporal encodings each: SAM 2's num_maskmem. */
  readonly memories: number;
  /** Most pointers: max_obj_ptrs_in_encoder. */
  readonly pointers: number;
  /** Of the earlier frames but the last, every how many-th is taken: memory_temporal_stride_for_eval. */
  readonly stride: number;
  /** Most conditioning frames: max_cond_frames_in_attn; undefined for all. */
  readonly conditioning?: number | undefined;
  /** Pointers of conditioning frames that lie ahead of the pass are taken too: only_obj_ptrs_in_the_past_for_eval is false. */
  readonly ahead?: boolean;
  /** Distances to those are negative, rather than absolute; without them all distances are positive. */
  readonly signed: boolean;
}

/** Where a pass stands. */
export interface At {
  readonly frame: number;
  readonly reverse: boolean;
}

/** What is remembered of a target: conditioning frames in the order in which they were settled, and other frames. */
export interface Known {
  readonly conditioning: readonly number[];
  other(frame: number): boolean;
}

/** A remembered frame and its row of the temporal encodings, the last for conditioning frames, the first for the frame before. */
export interface ChosenMemory {
  readonly frame: number;
  readonly row: number;
  readonly conditioning: boolean;
}

/** Conditioning frames, then the frames before, the oldest first; those of which nothing is remembered are left out. */
export function chosenMemories(at: At, known: Known, rules: MemoryRules): ChosenMemory[] {
  const { selected, others } = closest(at.frame, known.conditioning, rules.conditioning);
  const last = rules.memories - 1;
  const chosen: ChosenMemory[] = selected.map((frame) => ({ frame, row: last, conditioning: true }));
  for (let back = last; back >= 1; back--) {
    const frame = frameBack(at, back, rules.stride);
    const conditioning = !known.other(frame) && others.includes(frame);
    if (conditioning || known.other(frame)) chosen.push({ frame, row: back - 1, conditioning });
  }
  return chosen;
}

/** The frame that is `back` steps behind: the last one, then those at whole multiples of the stride. */
function frameBack({ frame, reverse }: At, back: number, stride: number): number {
  const sign = reverse ? -1 : 1;
  if (back === 1) return frame - sign;
  const nearest = reverse ? Math.ceil((frame + 2) / stride) : Math.floor((frame - 2) / stride);
  return nearest * stride - sign * (back - 2) * stride;
}

/** A remembered frame, and how far it lies behind. */
export interface ChosenPointer {
  readonly frame: number;
  readonly distance: number;
  readonly conditioning: boolean;
}

/** Of a clip's `frames`: conditioning frames that the pass has behind it (or all of them), then every frame behind up to the reach. */
export function chosenPointers(at: At, known: Known, rules: MemoryRules, frames: number): ChosenPointer[] {
  const { frame: t, reverse } = at;
  const sign = reverse ? -1 : 1;
  const { selected, others } = closest(t, known.conditioning, rules.conditioning);
  const chosen: ChosenPointer[] = selected
    .filter((frame) => rules.ahead === true || (reverse ? frame >= t : frame <= t))
    .map((frame) => {
      const distance = reverse ? frame - t : t - frame;
      return { frame, distance: rules.signed ? distance : Math.abs(distance), conditioning: true };
    });
  for (let distance = 1; distance <= pointerReach(rules, frames); distance++) {
    const frame = t - sign * distance;
    if (frame < 0 || frame >= frames) break;
    const conditioning = !known.other(frame) && others.includes(frame);
    if (conditioning || known.other(frame)) chosen.push({ frame, distance, conditioning });
  }
  return chosen;
}

/** The distance that counts as 1 in the encodings of pointers; it hangs on the length of a short clip. */
export function pointerReach({ pointers }: Pick<MemoryRules, "pointers">, frames: number): number {
  return Math.max(1, Math.min(frames, pointers) - 1);
}

/** Of too many conditioning frames the nearest before, the nearest from here on, then the nearest of the others. */
function closest(t: number, conditioning: readonly number[], most: number | undefined) {
  const all = conditioning;
  if (most === undefined || all.length <= most) return { selected: all, others: [] as readonly number[] };
  const before = all.filter((frame) => frame < t);
  const after = all.filter((frame) => frame >= t);
  const selected = [
    ...(before.length > 0 ? [Math.max(...before)] : []),
    ...(after.length > 0 ? [Math.min(...after)] : []),
  ];
  const rest = all.filter((frame) => !selected.includes(frame));
  rest.sort((a, b) => Math.abs(a - t) - Math.abs(b - t));
  selected.push(...rest.slice(0, Math.max(0, most - selected.length)));
  return { selected, others: all.filter((frame) => !selected.includes(frame)) };
}

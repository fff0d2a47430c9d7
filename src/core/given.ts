type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** An object without its undefined values: an optional key that is not given is absent. */
export function given<T extends object>(values: T): Optional<T> & Required<T> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Optional<T> & Required<T>;
}

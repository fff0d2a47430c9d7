// What an export says of itself: what it holds, what cannot be done in it, and whose its data are.
import "./export.css";
import type { Index, Runs } from "./shared/ask.ts";
import { count } from "./shared/numbers.ts";
import { Head } from "./shared/parts.tsx";

type Exported = NonNullable<Runs["exported"]>;

export function AboutExport({ all, images, licences, most }: Exported) {
  const free = licences.every((one) => one.free);
  return (
    <section class="export" aria-labelledby="export">
      <h2 id="export">About this export</h2>
      <p>
        These are files, made once from run folders: no model runs here, so there is no playground and nothing
        is replayed. <code>segbench view</code>, where the run folders are, has both.
      </p>
      <p>
        The numbers are those of all rows of each run, of one under way of those that were there.{" "}
        {all
          ? "All rows are here."
          : `Of each benchmark and protocol at most ${most} targets are here, the same of all models: those that comparisons lead to, and the worst, the middle and the best ones.`}{" "}
        {images
          ? "Images and truth are here, where they were found."
          : "Neither images nor truth are here: they belong to the data."}
      </p>
      {licences.length > 0 && (
        <>
          <p>
            Images and truth are under the licences of their data, as their cards name them.
            {!free &&
              " Where that is not a licence that allows redistribution, ask the owners of the data before showing this to others."}
          </p>
          <div class="frame">
            <table>
              <Head titles={["Benchmark", "Licence", "Redistribution"]} />
              <tbody>
                {licences.map(({ benchmark, title, licence, free: isFree }) => (
                  <tr key={`${benchmark} ${licence}`}>
                    <th scope="row">
                      {title}
                      <small>{benchmark}</small>
                    </th>
                    <td>{licence ?? "none named"}</td>
                    <td>{isFree ? "under its terms" : "ask the owners"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

/** Behind a number of rows, where these are not all of the run. */
export function ofExport({ rows, of = rows }: Pick<Index, "rows" | "of">): string {
  return of === rows ? "" : ` of this export (the run has ${count(of)})`;
}

// Footprints on satellite and aerial pictures: GeoJSON beside GeoTIFF.
import { complain } from "../core/errors.ts";
import type { GeojsonOptions } from "../core/schema-types.ts";
import type { DataFile } from "../formats/files.ts";
import { type Footprints, readGeoJson, type ToPixels } from "../formats/geojson-file.ts";
import { readMapPlace } from "../formats/geotiff-file.ts";
import type { Adapter } from "./shared/adapter.ts";
import { readAnnotated } from "./shared/annotated.ts";
import { loadDrawn } from "./shared/drawn.ts";

const asTheyAre: ToPixels = (x, y) => [x, y];

export const geojson: Adapter<GeojsonOptions> = (options, source) =>
  readAnnotated(options, source, {
    read: async (annotation) => ({
      objects: (await readGeoJson(annotation, options.category)).objects(asTheyAre),
    }),
    load: async (image, annotation) => {
      const footprints = await readGeoJson(annotation, options.category);
      const toPixels =
        options.coordinates === "pixels" ? asTheyAre : await placeOf(image, annotation, footprints);
      return loadDrawn(image, { objects: footprints.objects(toPixels) }, options, source);
    },
  });

/** Both must use one coordinate system: nothing is projected. */
async function placeOf(image: DataFile, annotation: DataFile, { crs }: Footprints): Promise<ToPixels> {
  const place = await readMapPlace(image);
  if (place.crs === undefined || place.crs === crs) return place.toPixels;
  throw complain({
    where: annotation.name,
    what: "the outlines use another coordinate system than their picture",
    expected: `EPSG:${place.crs}`,
    got: crs === undefined ? "an unknown one" : `EPSG:${crs}`,
  });
}

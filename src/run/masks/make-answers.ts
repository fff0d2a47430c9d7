// Phrases asked of one picture: its line, and a picture of each phrase that is answered.
import type { AskedPhrases } from "../../config/runs/masks.ts";
import { given } from "../../core/given.ts";
import type { ConceptSession, RgbImage } from "../../core/types.ts";
import { area, tightBox } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { jpegOf } from "../../report/overlay.ts";
import { queryPicture } from "../../report/query-picture.ts";
import type { MaskAnnotation, MaskedImage, PhraseAnswer } from "../../store/mask-folder.ts";

/** Most characters of a phrase in a file's name. */
const NAMED = 60;

/** Its line without its name, and its pictures: the end of each one's name after the image's. */
export interface AnsweredImage {
  readonly line: Omit<MaskedImage, "image" | "sha256">;
  readonly pictures: readonly { readonly name: string; readonly data: Uint8Array }[];
}

/** "pond - 2 white duck": the number is the phrase's, from 1. */
export function answerName(image: string, place: number, phrase: string): string {
  return `${image} - ${place + 1} ${phrase.slice(0, NAMED)}`;
}

/** The image is encoded once. A phrase that the model cannot take is a line of its own, with the reason. */
export async function answerPhrases(
  image: RgbImage,
  session: ConceptSession,
  { phrases, score: floor }: AskedPhrases,
  onPhrases: (count: number) => void,
): Promise<AnsweredImage> {
  const { width, height } = image;
  const embedding = await session.encode(image);
  const annotations: MaskAnnotation[] = [];
  const answers: PhraseAnswer[] = [];
  const pictures: { name: string; data: Uint8Array }[] = [];
  try {
    const { batch } = session.capabilities;
    for (let at = 0; at < phrases.length; at += batch) {
      const group = phrases.slice(at, at + batch);
      const prompts = group.map((phrase) => ({ phrase, exemplars: [] }));
      const found = await session.find(embedding, prompts, { floor });
      for (const [i, phrase] of group.entries()) {
        const answer = found[i]!;
        if (answer.status === "failed") {
          answers.push({ phrase, masks: 0, reason: answer.reason });
          continue;
        }
        // An empty mask is nothing to be shown.
        const drawn = answer.instances.flatMap(({ score, mask }) => {
          const pixels = maskOfRle(mask, phrase);
          const box = tightBox(pixels);
          return box === undefined ? [] : [{ score, mask: pixels, rle: mask, box, right: true }];
        });
        for (const { score, mask, rle, box } of drawn)
          annotations.push({
            category_id: at + i + 1,
            ...{ segmentation: rle, area: area(mask), score },
            bbox: [box.x0, box.y0, box.x1 - box.x0 + 1, box.y1 - box.y0 + 1],
          });
        answers.push({ phrase, masks: drawn.length, ...given({ presence: answer.presence }) });
        if (drawn.length === 0) continue;
        const crop = { x0: 0, y0: 0, x1: width - 1, y1: height - 1 };
        const { data } = await queryPicture({ image, found: drawn, missed: [], crop });
        pictures.push({ name: answerName("", at + i, phrase), data: await jpegOf(data) });
      }
      onPhrases(group.length);
    }
  } finally {
    await session.release(embedding).catch(() => undefined);
  }
  return { line: { width, height, answers, annotations }, pictures };
}

/** Phrases that the model could not be asked, each with the reason. */
export function unasked(answers: readonly PhraseAnswer[] = []): readonly string[] {
  return answers.flatMap(({ phrase, reason }) => (reason === undefined ? [] : [`"${phrase}": ${reason}`]));
}

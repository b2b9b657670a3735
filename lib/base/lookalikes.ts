/** Of other scripts, what most fonts draw as a Latin letter: as far as names are made of it. */
const DRAWN = [
  // Cyrillic
  "аa еe оo рp сc уy хx ѕs іi јj һh ԁd ԛq ԝw ѵv ӏl",
  "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ЅS ІI ЈJ ҺH ԚQ ԜW ӀI",
  // Greek
  "αa γy ιi κk νv οo ρp υu χx",
  "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX",
  // Armenian, and Latin letters that lack a dot or a curve
  "օo սu հh ոn",
  "ıi ɑa ɡg",
].join(" ");

const LATIN: ReadonlyMap<string, string> = new Map(
  DRAWN.split(" ").map((pair) => {
    const [letter = "", latin = ""] = pair;
    return [letter, latin] as const;
  }),
);

/** Most names: nothing has to be looked up of these. */
const PLAIN = /^[ -~]*$/;

/** A name in the letters that one sees: two of which this is the same cannot be told apart. */
export function drawnAs(name: string): string {
  if (PLAIN.test(name)) return name;
  return Array.from(name.normalize("NFKC"), (letter) => LATIN.get(letter) ?? letter).join("");
}

/** The same of two that one may take for one another at a glance, or hears as one. */
export function lookOf(name: string): string {
  return drawnAs(name).toLowerCase().replaceAll("0", "o").replaceAll(/[1i]/g, "l");
}

import Ajv2020 from "ajv/dist/2020.js";

type Direction = "out" | "in" | "serverIn";

/** Whether a value is such a line, by the document that `p2pchat schema` prints. */
export function lineChecker(document: object): (direction: Direction, value: unknown) => boolean {
  const ajv = new Ajv2020({ validateFormats: false });
  ajv.addSchema(document, "lines");
  return (direction, value) => ajv.validate(`lines#/$defs/${direction}`, value);
}

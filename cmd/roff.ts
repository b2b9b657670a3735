/** A page of the manual in the making, with the macros of man(7), which every system has. */
export class Roff {
  readonly #lines: string[] = [];

  constructor({ name, section, date, version }: PageTitle) {
    // A date is read, and no text.
    this.#lines.push(`.TH ${name.toUpperCase()} ${section} ${date} "${escaped(version)}" p2pchat`);
  }

  get text(): string {
    return this.#lines.join("\n");
  }

  heading(title: string): this {
    return this.#macro("SH", title);
  }

  subheading(title: string): this {
    return this.#macro("SS", title);
  }

  /** Sentences, which are filled. */
  paragraph(text: string): this {
    return this.#apart().#text(text);
  }

  /** Each with what it is. */
  list(rows: readonly (readonly [what: string, about: string])[]): this {
    for (const [what, about] of rows) this.#macro("TP").#macro("B", what).#text(about);
    return this;
  }

  /** Lines as they are. */
  verbatim(lines: readonly string[]): this {
    this.#apart().#macro("nf").#macro("RS", "4");
    for (const line of lines) this.#text(line);
    return this.#macro("RE").#macro("fi");
  }

  name(name: string, about: string): this {
    this.heading("NAME").#lines.push(`${escaped(name)} \\- ${escaped(about)}`);
    return this;
  }

  synopsis(lines: readonly string[]): this {
    this.heading("SYNOPSIS");
    for (const [i, line] of lines.entries()) {
      if (i > 0) this.#macro("br");
      this.#macro("B", line);
    }
    return this;
  }

  /** A heading begins a paragraph by itself. */
  #apart(): this {
    return /^\.S[HS] /.test(this.#lines.at(-1) ?? "") ? this : this.#macro("PP");
  }

  #macro(name: string, ...args: readonly string[]): this {
    this.#lines.push(macro(name, ...args));
    return this;
  }

  #text(text: string): this {
    this.#lines.push(escaped(text));
    return this;
  }
}

export interface PageTitle {
  readonly name: string;
  readonly section: 1 | 5 | 7;
  /** When its words were last changed, such as 2026-11-29. */
  readonly date: string;
  readonly version: string;
}

function macro(name: string, ...args: readonly string[]): string {
  return [`.${name}`, ...args.map((arg) => `"${escaped(arg)}"`)].join(" ");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  '"': "\\(dq",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** As it reads on a terminal and can be copied from there; a dot in front would be a macro. */
function escaped(text: string): string {
  return text
    .replace(/[\\"'`^~-]/g, (character) => ESCAPES[character] ?? "")
    .replace(/^\./, "\\&.");
}

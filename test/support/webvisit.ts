import { Pass } from "../../lib/ui/web/model/pass.ts";

/** What a browser has after it was let in. */
export interface WebVisit {
  /** `name=value`, as the browser sends it back. */
  readonly cookie: string;
  readonly pass: string;
}

/** As a browser does with the address that a person opens; undefined where it is refused. */
export async function enterPage(url: string): Promise<WebVisit | undefined> {
  const { origin, hash } = new URL(url);
  const answer = await fetch(`${origin}/session`, {
    method: "POST",
    headers: { Origin: origin, "Content-Type": "application/json" },
    body: JSON.stringify({ token: hash.slice(1) }),
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (cookie === undefined) return undefined;
  return { cookie, pass: field(await answer.json(), "pass") };
}

/** What a socket of such a browser is opened with, at this host. */
export async function seatHeaders(
  host: string,
  { cookie, pass }: WebVisit,
): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`http://${host}/session`, { headers: { Cookie: cookie } });
  const proof = await proofOf(pass, field(await answer.json(), "question"), host);
  return {
    Origin: `http://${host}`,
    Cookie: cookie,
    "Sec-WebSocket-Protocol": `p2pchat, ${proof}`,
  };
}

/** As the page makes it. */
export async function proofOf(pass: string, question: string, host: string): Promise<string> {
  const page = new Pass();
  page.keep(pass);
  return (await page.prove(question, host)) ?? "";
}

function field(told: unknown, name: string): string {
  const value: unknown = typeof told === "object" && told !== null && Reflect.get(told, name);
  if (typeof value !== "string") throw new Error(`No ${name} was told`);
  return value;
}

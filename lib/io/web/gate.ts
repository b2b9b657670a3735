import { SEAT_PATH, SESSION_PATH } from "../../contract/pageprotocol.ts";

/** What a request says of itself. Headers that are missing are null. */
export interface Asking {
  readonly method: string;
  /** Without what follows `?`. */
  readonly path: string;
  readonly host: string | null;
  readonly origin: string | null;
  /** `Sec-Fetch-Site` and `Sec-Fetch-Mode`: whose page made the browser ask, and what for. */
  readonly fetchSite: string | null;
  readonly fetchMode: string | null;
  readonly contentType: string | null;
  readonly isUpgrade: boolean;
  /** Whether its cookie is one of ours. */
  readonly isKnown: boolean;
  /** Whether it has proved that it is a page of ours. */
  readonly isProved: boolean;
}

/** What is to be done with a request; whatever is not one of these is refused without a word. */
export type Admission =
  /** A part of the page, which holds no secret: whoever may speak to us at all may have it. */
  | { readonly kind: "asset" }
  /** A token is to become a cookie and a pass. */
  | { readonly kind: "exchange" }
  /** Is the cookie still good, and what is a pass to be proved with? */
  | { readonly kind: "known" }
  | { readonly kind: "seat" }
  | { readonly kind: "refused" };

const REFUSED: Admission = { kind: "refused" };
const JSON_TYPE = "application/json";

/**
 * Every page that is open in a browser can send requests to this machine, and a name of its own can
 * be made to lead here. So the name that the browser believes in has to be ours to the letter, who
 * makes it ask has to be our own page, and what is worth anything needs the cookie besides. As
 * others on this machine may have come by that, a seat needs a proof that they cannot give.
 */
export function admit(asking: Asking, port: number): Admission {
  const { method, host, origin, isUpgrade } = asking;
  if (host === null || !hostsOf(port).includes(host)) return REFUSED;
  const isOwn = origin === `http://${host}`;
  if (!isOwn && origin !== null) return REFUSED;
  if (method === "POST") return isOwn && !isUpgrade ? posted(asking) : REFUSED;
  if (method !== "GET") return REFUSED;
  return isUpgrade ? upgraded(asking, isOwn) : got(asking);
}

/** By what names the page is reached. */
export function hostsOf(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/** A form of another page can be sent here, but not as this type. */
function posted({ path, contentType, fetchSite }: Asking): Admission {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  const isOurs = path === SESSION_PATH && type === JSON_TYPE && isFromUs(fetchSite);
  return isOurs ? { kind: "exchange" } : REFUSED;
}

function upgraded({ path, fetchSite, isKnown, isProved }: Asking, isOwn: boolean): Admission {
  const isOurs = path === SEAT_PATH && isOwn && isFromUs(fetchSite);
  return isOurs && isKnown && isProved ? { kind: "seat" } : REFUSED;
}

function got({ path, fetchSite, fetchMode, isKnown }: Asking): Admission {
  const isFetched = isFromUs(fetchSite) || fetchSite === "none";
  // Whoever follows a link from anywhere gets the page as it is for everybody.
  const isFollowed = path === "/" && fetchMode === "navigate";
  if (path === SESSION_PATH) return isFromUs(fetchSite) && isKnown ? { kind: "known" } : REFUSED;
  if (path === SEAT_PATH) return REFUSED;
  return isFetched || isFollowed ? { kind: "asset" } : REFUSED;
}

/** A client that is no browser does not say. */
function isFromUs(fetchSite: string | null): boolean {
  return fetchSite === null || fetchSite === "same-origin";
}

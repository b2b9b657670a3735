/** Where a token becomes a cookie and a pass, and it is told whether that is still good. */
export const SESSION_PATH = "/session";

/** Where its socket to the node is. */
export const SEAT_PATH = "/seat";

/** What that speaks; the proof is offered after it, as a page can set no header of its own. */
export const SEAT_PROTOCOL = "p2pchat";

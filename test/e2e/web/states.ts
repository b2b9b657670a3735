import { tell } from "./seat.ts";
import { TIES } from "./ties.ts";
import type { Walk } from "./walk.ts";

/** Something that the page can show, and the way there. */
export interface PageState {
  readonly name: string;
  readonly reach: (walk: Walk) => Promise<void>;
}

/** What stands where the page will be, as long as nobody is let in. `url`: of the page. */
export function arriving(url: string): readonly PageState[] {
  const page = url.replace(/#.*/, "");
  return [
    {
      name: "loading",
      reach: async ({ browser }) => {
        // The answer whether one may come in is held back.
        await browser.devtools("Fetch.enable", { patterns: [{ urlPattern: "*/session" }] });
        await browser.go(page);
        await browser.shows("Getting what you missed");
      },
    },
    {
      name: "not running",
      reach: async ({ browser }) => {
        await browser.devtools("Fetch.disable");
        await browser.devtools("Network.enable");
        await browser.devtools("Network.setBlockedURLs", { urls: ["*/session"] });
        await browser.go(page);
        await browser.shows("p2pchat is not running");
      },
    },
    {
      name: "refused",
      reach: async ({ browser }) => {
        await browser.devtools("Network.setBlockedURLs", { urls: [] });
        await browser.go(page);
        await browser.shows("This browser was not let in");
      },
    },
  ];
}

/** Once alice has talked with others: from any of them there is a way to any other. */
export const TALKING: readonly PageState[] = [
  {
    name: "talk",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.toEnd();
    },
  },
  { name: "list", reach: (walk) => walk.list() },
  { name: "people", reach: (walk) => walk.people() },
  { name: "waiting message", reach: (walk) => walk.enter("dan") },
  { name: "private room", reach: (walk) => walk.enter("surprise") },
  {
    name: "tools of a message",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.point("7:10 works");
    },
  },
  {
    name: "who has a message",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.point("7:10 works");
      await walk.press(".message:focus-within button.fate", "");
      await walk.browser.until(`document.querySelector(".fate-list")`);
    },
  },
  {
    name: "reacting",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.point("12 °C at the hut");
      await walk.press(".message:focus-within .tools button", "React");
      await walk.browser.until(`document.querySelector(".picker")`);
    },
  },
  {
    name: "answering",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.point("12 °C at the hut");
      await walk.press(".message:focus-within .tools button", "Answer");
      await walk.browser.until(`document.querySelector(".composer-about")`);
    },
  },
  {
    name: "emoji",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.press(".composer button", "Emoji");
      await walk.browser.until(`document.querySelector(".picker")`);
    },
  },
  {
    name: "completing",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.write("/");
      await walk.browser.until(`document.querySelector(".choices .choice")`);
    },
  },
  { name: "person", reach: (walk) => walk.person("bob") },
  { name: "person away", reach: (walk) => walk.person("dan") },
  {
    name: "comparing keys",
    reach: async (walk) => {
      await walk.person("bob");
      await walk.press(".person-deeds button", "Compare");
      await walk.browser.until(`document.querySelector(".digits")`);
    },
  },
  {
    name: "about a room",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.press(".talk-head button", "About");
      await walk.browser.until(`document.querySelector(".aside input[type=radio]")`);
    },
  },
  {
    name: "question",
    reach: async (walk) => {
      await walk.enter("surprise");
      await walk.press(".talk-head button", "About");
      await walk.press(".person-deeds button", "Leave");
      await walk.browser.until(`document.querySelector("dialog.question[open]")`);
    },
  },
  {
    name: "invitation",
    reach: async (walk) => {
      await walk.enter("surprise");
      await walk.write("/invite");
      await walk.browser.press("Enter");
      await walk.browser.until(`document.querySelector(".aside .qr")`);
    },
  },
  {
    name: "room",
    reach: async (walk) => {
      await walk.enter("surprise");
      await walk.press(".talk-head button", "About");
      await walk.browser.until(`document.querySelector(".aside select")`);
    },
  },
  {
    name: "leaving a room",
    reach: async (walk) => {
      await walk.enter("surprise");
      await walk.press(".talk-head button", "About");
      await walk.press(".person-deeds button", "Leave");
      await walk.browser.until(`document.querySelector(".question")`);
    },
  },
  {
    name: "oneself",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.write("/id");
      await walk.browser.press("Enter");
      await walk.browser.until(`document.querySelector(".aside .qr")`);
    },
  },
  {
    name: "entering a room",
    reach: async (walk) => {
      await walk.list();
      await walk.press(".rooms button", "Enter a room");
      await walk.browser.until(`document.querySelector(".aside .join-form")`);
    },
  },
  {
    name: "search",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.press(".talk-head button", "Search");
      await walk.browser.until(`document.activeElement.matches(".search-form input")`);
      await walk.browser.type("hut");
      await walk.browser.until(`document.querySelector(".found mark")`);
    },
  },
  {
    name: "menu",
    reach: async (walk) => {
      await walk.list();
      await walk.press(".rooms-head button", "settings");
      await walk.browser.until(`document.querySelector(".menu-row")`);
    },
  },
  {
    name: "settings",
    reach: async (walk) => {
      await walk.list();
      await walk.press(".rooms-head button", "settings");
      await walk.press(".menu-row", "Settings");
      await walk.browser.until(`document.querySelector(".faces")`);
    },
  },
  {
    name: "network",
    reach: async (walk) => {
      await walk.list();
      await walk.press(".rooms-foot button", "Network");
      await walk.browser.until(`document.querySelector(".net")`);
    },
  },
  {
    name: "going anywhere",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.browser.press("k", "Control");
      await walk.browser.until(`document.querySelector(".jumper-list .choice")`);
    },
  },
  {
    name: "secret",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.write("/join --private #cellar");
      await walk.browser.press("Enter");
      await walk.browser.until(`document.querySelector(".secret")`);
    },
  },
  {
    name: "answer of a command",
    reach: async (walk) => {
      await walk.enter("lobby");
      await walk.write("/recent 5");
      await walk.browser.press("Enter");
      await walk.browser.until(`document.querySelector(".panel-lines li")`);
    },
  },
];

/** What the node finds out about its network, which takes it some seconds. */
export const EXAMINED: PageState = {
  name: "network examined",
  reach: async (walk) => {
    await walk.list();
    await walk.press(".rooms-foot button", "Network");
    await walk.press(".aside button", "Look at your network");
    await walk.browser.until(`document.querySelector(".findings li")`);
  },
};

/** The network with people who are carried, tried and not reached, as its node may tell of them. */
export const EVERY_TIE: PageState = {
  name: "every tie",
  reach: async (walk) => {
    await walk.enter("lobby");
    await tell(walk.browser, ...TIES);
    await walk.list();
    await walk.press(".rooms-foot button", "Network");
    await walk.browser.until(`document.querySelector(".net-node.carried")`);
  },
};

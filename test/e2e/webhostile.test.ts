/** What strangers write is text in the page, whatever it looks like to a browser. */
import { expect } from "bun:test";
import { Browser, browserTest } from "../support/browser.ts";
import { attachPage, startPage } from "./pages.ts";
import { connected, Rig } from "./rig.ts";

/** Each would, where it were more than text, make an element of this class or set this variable. */
const MARKUP: readonly string[] = [
  "<script class=evil>window.evil=1</script>",
  "<img class=evil src=x onerror=window.evil=1>",
  "<svg class=evil onload=window.evil=1>",
  "<iframe class=evil srcdoc='<script>parent.evil=1</script>'></iframe>",
  "<a class=evil href=javascript:window.evil=1 autofocus onfocus=window.evil=1>go</a>",
  '"><b class=evil onmouseover="window.evil=1">x</b>',
  "'><input class=evil autofocus onfocus=window.evil=1>",
  "</li></ul></div></body><body class=evil onpageshow=window.evil=1>",
  "</title></textarea></style><script class=evil>window.evil=1</script>",
  "<!--><script class=evil>window.evil=1</script>-->",
  "<![CDATA[<b class=evil>]]><math class=evil><mtext></math>",
  "javascript:window.evil=1//https://evil.example",
  "data:text/html,<script class=evil>window.evil=1</script>",
  'https://evil.example/"onmouseover=window.evil=1//<b class=evil>',
  "[go](javascript:window.evil=1) ![x](javascript:window.evil=1) `<b class=evil>`",
  "&lt;b class=evil&gt; &#60;b class=evil&#62; \\u003cb class=evil\\u003e",
  "{{constructor.constructor('window.evil=1')()}} ${window.evil=1} __proto__",
  "\u0000<\u0000b class=evil>\u202e<b class=evil>\u2028<b class=evil>\ufeff",
];

const HOSTILE = MARKUP.map((text, i) => `m${i} ${text} end${i}`);

/** Nothing of this may be in the page; links may lead away, and nowhere else. */
const FOUND = `({
  made: document.querySelectorAll(".evil, [onerror], [onload], [onfocus], iframe, math").length,
  ran: "evil" in window,
  inline: [...document.scripts].filter(({ src }) => src === "").length,
  links: [...document.links]
    .filter(({ href, rel }) => !/^https?:/.test(href) || !/noopener/.test(rel))
    .map(({ outerHTML }) => outerHTML),
  pictures: [...document.images].map(({ src }) => src),
})`;

const NOTHING = { made: 0, ran: false, inline: 0, links: [], pictures: [] };

browserTest("hostile texts, edits, topics and drafts make no element", 120_000, async () => {
  await using rig = await Rig.start();
  const alice = await startPage(rig, "alice");
  const [bob, carol] = [await rig.client("bob"), await rig.client("carol")];
  await connected(bob, "bob", carol, "carol");
  await using browser = await Browser.open();
  await browser.go(alice.url);
  await browser.shows("carol");

  for (const [i, text] of HOSTILE.entries()) {
    bob.send({ req: `send${i}`, type: "send", to: "#lobby", text });
    bob.send({ req: `alone${i}`, type: "send", to: "@alice", text });
    await browser.shows(`end${i}`);
    expect(await browser.evaluate(FOUND)).toEqual(NOTHING);
  }
  const last = await bob.line({ type: "status", req: "send17", state: "queued" });
  bob.send({ req: "reply", type: "send", to: "#lobby", text: "an answer", replyTo: last["id"] });
  bob.send({ req: "edit", type: "edit", id: last["id"], text: `edited ${HOSTILE[0]}` });
  await browser.shows("an answer");
  await browser.shows("edited m0");
  for (const [i, topic] of HOSTILE.slice(0, 3).entries()) {
    carol.send({ req: null, type: "topic", room: "#lobby", topic });
    await browser.until(`document.querySelector(".topic")?.textContent.includes("m${i} ")`);
    expect(await browser.evaluate(FOUND)).toEqual(NOTHING);
  }
  await browser.click(".room-row.unread");
  await browser.until(`document.querySelector(".talk-title")?.textContent === "@bob"`);
  await browser.shows("end17");
  expect(await browser.evaluate(FOUND)).toEqual(NOTHING);

  // What is written in one tab stands in the other, and what was said is told to a late one.
  await browser.click("textarea");
  await browser.type(HOSTILE.join("\n"));
  await using late = await Browser.open();
  await late.go(await attachPage(rig, "alice"));
  await late.shows("an answer");
  await late.click('.room-row[aria-current="false"]');
  await late.until("document.querySelector('textarea').value.includes('end17')");
  expect(await late.evaluate(FOUND)).toEqual(NOTHING);
  expect(await late.title()).toMatch(/^(?:\(\d+\) )?p2pchat$/);
  expect([...browser.troubles, ...late.troubles]).toEqual([]);
});

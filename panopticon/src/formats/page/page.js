"use strict";
const PAUSE = 3000, LATE = 10000, GIVEN_UP = 60000;
const by = id => document.getElementById(id);
const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short" };
const lasted = page => page.querySelector("#headline time")?.textContent;
let skew = 0, isPolling = false, timer, title = document.title, written = lasted(document), version, opened;
const icon = document.querySelector("link[rel=icon]");
let href = icon.getAttribute("href");

const span = seconds => {
  const s = Math.max(0, Math.floor(seconds)), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  const two = (big, small, unit) => small ? `${big} ${small} ${unit}` : big;
  return d ? two(`${d} d`, h % 24, "h") : h ? two(`${h} h`, m % 60, "min") : m ? `${m} min` : `${s} s`;
};
const isStale = () => document.body.classList.contains("not-updating");
const tick = () => {
  const now = Date.now() + skew;
  const before = isStale() ? "NOT UPDATING" : document.hidden ? "as of" + by("local").textContent.slice(2) : "";
  for (const time of document.querySelectorAll(before ? "time[class]:not(.for)" : "time[class]")) {
    const passed = (now - Date.parse(time.dateTime)) / 1000;
    const text = time.className === "until" ? "in " + span(-passed)
      : span(passed) + (time.className === "ago" ? " ago" : "");
    if (time.textContent !== text) time.textContent = text;
  }
  document.title = (before && before + " – ") + (written ? title.replace(written, lasted(document)) : title);
  const look = isStale() ? href.replace(/%23\w{6}/g, "%23888") : href;
  if (icon.getAttribute("href") !== look) icon.setAttribute("href", look);
};

const morph = (old, next) => {
  if (old.dataset?.keep !== undefined) return;
  for (const { name, value } of next.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  if (next.matches("time[class]")) return;
  const ids = new Set([...next.children].map(child => child.id).filter(Boolean));
  const skipGone = node => {
    while (node?.id && !ids.has(node.id)) {
      const gone = node;
      node = node.nextSibling;
      gone.remove();
    }
    return node;
  };
  let at = skipGone(old.firstChild);
  for (const node of [...next.childNodes]) {
    const match = node.id
      ? [...old.children].find(child => child.id === node.id && child.nodeName === node.nodeName)
      : at?.nodeName === node.nodeName && !at.id && at;
    if (!match) {
      old.insertBefore(document.importNode(node, true), at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    if (node.nodeType === Node.ELEMENT_NODE) morph(match, node);
    else if (match.data !== node.data) match.data = node.data;
    at = skipGone(at);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
};

const received = at => {
  by("local").textContent = " · " + new Date(at).toLocaleTimeString([], clock);
  const [ago, utc] = by("as-of").querySelectorAll("time");
  ago.dateTime = utc.dateTime = new Date(at).toISOString();
  utc.textContent = utc.dateTime.slice(11, 19);
  tick();
};
const filled = () => {
  const now = new Date(by("page").dataset.now);
  skew = now - Date.now();
  const url = new URL(location);
  url.hash = "";
  url.searchParams.delete("format");
  by("url").textContent = url.search ? `'${url}'` : url;
  for (const time of document.querySelectorAll("time")) time.title = new Date(time.dateTime).toLocaleString();
  received(now);
};
const updating = works => {
  document.body.classList.toggle("not-updating", !works);
  tick();
};
const show = text => {
  const next = new DOMParser().parseFromString(text, "text/html");
  const now = next.getElementById("page")?.dataset.now;
  if (!now || now === by("page").dataset.now) throw new Error("another page, or an old copy of this one");
  const own = page => page.getElementById("style").textContent + page.getElementById("script").textContent;
  if (own(next) !== own(document)) return location.reload();
  const focused = document.activeElement;
  morph(by("page"), next.getElementById("page"));
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  href = next.querySelector("link[rel=icon]").getAttribute("href");
  title = next.title;
  written = lasted(next);
  filled();
  openTarget();
};
const poll = async () => {
  clearTimeout(timer);
  if (isPolling || document.hidden) return;
  isPolling = true;
  const late = setTimeout(updating, LATE, false), abort = new AbortController();
  const givenUp = setTimeout(() => abort.abort(), GIVEN_UP);
  try {
    const url = new URL(location);
    url.username = url.password = url.hash = "";
    const headers = { accept: "text/html", ...version && { "if-none-match": version } };
    const answer = await fetch(url, { headers, cache: "no-store", signal: abort.signal });
    if (answer.status === 304) {
      received(Date.now() + skew);
    } else {
      show(await answer.text());
      version = answer.headers.get("etag");
    }
    updating(true);
  } catch {
    updating(false);
  }
  clearTimeout(late);
  clearTimeout(givenUp);
  isPolling = false;
  timer = setTimeout(poll, PAUSE);
};

const copy = text => {
  const area = document.createElement("textarea");
  area.className = "hidden";
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
};
document.addEventListener("click", async event => {
  const button = event.target.closest("#copy");
  if (!button) return;
  const text = by("incident").textContent;
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copy(text);
  button.focus();
  button.textContent = copied ? "Copied" : "Not copied: use the text below";
  setTimeout(() => button.textContent = "Copy as text", 2000);
});

const openTarget = () => {
  const details = by(location.hash.slice(1))?.querySelector("details");
  if (details && details !== opened) details.open = true;
  opened = details;
};

document.documentElement.classList.add("js");
addEventListener("hashchange", () => { opened = null; openTarget(); });
document.addEventListener("visibilitychange", () => { tick(); poll(); });
setInterval(tick, 1000);
filled();
openTarget();
timer = setTimeout(poll, PAUSE);

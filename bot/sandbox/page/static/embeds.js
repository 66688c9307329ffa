// Renders embeds and attachments.
import { el, icon, outward } from "./dom.js";
import { markdown } from "./markdown.js";
import { inline } from "./inline.js";
import { sentAt } from "./time.js";

const UNITS = ["B", "KB", "MB", "GB"];
const SAFE = /^(https?:|data:image\/(png|jpeg|gif|webp);)/;
const UPLOAD = /^\/(ephemeral-)?attachments\/\d+\/\d+\/[^/]+$/;

/** Say a size in bytes the short way. */
export function size(bytes) {
  let amount = bytes ?? 0;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}

/** Write Discord's colour number as CSS. */
export function colour(number) {
  return `#${(number & 0xffffff).toString(16).padStart(6, "0")}`;
}

/** Allow only addresses that a browser may safely load; uploads come from this page's own host. */
export function webAddress(address) {
  try {
    const url = new URL(address, location.href);
    if (UPLOAD.test(url.pathname)) return new URL(url.pathname, location.href).href;
    return SAFE.test(url.href) ? url.href : null;
  } catch {
    return null;
  }
}

/** Show a picture by its address; a press opens it alone. */
export function picture(media, description, extra = "") {
  const source = webAddress(media?.url);
  if (!source) return null;
  const image = el("img", {
    src: source, alt: description ?? "", loading: "lazy", width: media.width ?? null, height: media.height ?? null,
  });
  return outward(source, { class: `picture ${extra}`, "aria-label": description || "Open the picture" }, image);
}

/** Cover something until it is pressed. */
export function covered(node) {
  node.setAttribute("inert", "");
  const cover = el("div", { class: "covered" }, node);
  cover.append(el("button", {
    type: "button", class: "cover", "data-testid": "spoiler", onclick: (event) => {
      event.currentTarget.remove();
      node.removeAttribute("inert");
      cover.dataset.open = "true";
    },
  }, "Spoiler"));
  return cover;
}

/** Show a file that a message carries: pictures and sound in place, the rest as a card. */
export function attachment(file) {
  const type = file.content_type ?? "";
  const hidden = file.filename.startsWith("SPOILER_");
  let node;
  if (type.startsWith("image/")) node = picture(file, file.description ?? file.filename, "attached");
  else if (type.startsWith("audio/")) node = player("audio", file);
  else if (type.startsWith("video/")) node = player("video", file);
  node ??= fileCard(file);
  node.dataset.testid = "attachment";
  node.dataset.filename = file.filename;
  return hidden ? covered(node) : node;
}

/** Show a file's name and size with a way to open it. */
export function fileCard(file) {
  const source = webAddress(file.url);
  return el("div", { class: "file-card" }, icon("file"),
    el("span", { class: "file-words" },
      source ? outward(source, { download: file.filename }, file.filename) : file.filename,
      el("small", {}, size(file.size))));
}

function player(tag, file) {
  const source = webAddress(file.url);
  if (!source) return null;
  return el("div", { class: "player" },
    el("span", {}, file.filename, " ", el("small", {}, size(file.size))),
    el(tag, { controls: true, preload: "metadata", src: source, "aria-label": file.description ?? file.filename }));
}

/** Show one embed card. */
export function embed(data, names) {
  const card = el("article", { class: "embed", "data-testid": "embed" },
    el("div", { class: "embed-words" },
      data.author && el("p", { class: "embed-author" }, linked(data.author.name, data.author.url)),
      data.title && el("h3", { class: "embed-title" }, linked(inline(data.title, names), data.url)),
      data.description && el("div", { class: "embed-text md" }, markdown(data.description, names)),
      data.fields?.length && fields(data.fields, names)),
    data.thumbnail && picture(data.thumbnail, "", "embed-thumb"),
    data.image && picture(data.image, "", "embed-image"),
    foot(data));
  if (Number.isInteger(data.color)) card.style.setProperty("--accent", colour(data.color));
  return card;
}

function linked(words, address) {
  const safe = address && webAddress(address);
  return safe ? outward(safe, {}, words) : words;
}

function fields(list, names) {
  const one = (field) => el("div", { class: `field ${field.inline ? "inline" : ""}` },
    el("dt", {}, inline(field.name, names)), el("dd", { class: "md" }, markdown(field.value, names)));
  return el("dl", { class: "embed-fields" }, list.map(one));
}

function foot(data) {
  const when = data.timestamp && sentAt(data.timestamp);
  if (!data.footer && !when) return null;
  return el("p", { class: "embed-foot" }, data.footer?.text, data.footer && when && " · ", when);
}

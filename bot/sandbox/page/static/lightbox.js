// A picture alone, as large as the window lets it be, with its neighbours an arrow away.
import { el, fill, iconButton, outward } from "./dom.js";

/** Open the picture that was pressed; the others of its message follow. */
export function openLightbox(dialog, pressed) {
  const all = [...(pressed.closest(".message") ?? document).querySelectorAll("a.picture")]
    .filter((each) => !each.closest("[inert]"));
  show(dialog, all, Math.max(0, all.indexOf(pressed)));
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  dialog.onclose = () => pressed.focus();
  dialog.showModal();
}

function show(dialog, all, at) {
  const link = all[at];
  const image = link.querySelector("img");
  const go = (step) => show(dialog, all, (at + step + all.length) % all.length);
  const several = all.length > 1;
  fill(dialog,
    el("figure", { class: "lightbox-picture" },
      el("img", { src: link.href, alt: image.alt, "data-testid": "lightbox-image" }),
      el("figcaption", {}, el("span", {}, image.alt), several && el("span", {}, `${at + 1} of ${all.length}`),
        outward(link.href, {}, "Open the file"))),
    iconButton("close", "Close", () => dialog.close()),
    several && iconButton("left", "The picture before", () => go(-1)),
    several && iconButton("right", "The next picture", () => go(1)));
  dialog.onkeydown = (event) => {
    const step = several && { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) go(step);
  };
}

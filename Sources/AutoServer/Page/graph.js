// Draws an automation, shows on it how a session goes, and follows the step that runs.

import { h, quietButton, setAttribute, setShown, setText, svg } from "/dom.js";
import { endHeight, height, labelled, line, placed } from "/layers.js";
import { counted, duration, signs, words } from "/words.js";

/**
 * The graph of an automation as the API gives it; `pick` is called with the name of a step that somebody
 * clicks.
 */
export class Graph {
  constructor(automation, pick) {
    const version = automation.current_version;
    Object.assign(this, { name: automation.name, pick, steps: version.steps, states: new Map() });
    this.edges = version.step_transitions.map(({ source_step_id: from, target_step_id: to, label }) =>
      ({ from, to, label }));
    this.box = h("div",
      { class: "graph", tabindex: "0", role: "region", "aria-label": `The steps of ${automation.name}` });
    this.follow = quietButton("Follow the running step",
      () => { this.isFollowing = true; setShown(this.follow, false); this.lead(); },
      { class: "quiet small follow" });
    setShown(this.follow, false);
    this.element = h("div", { class: "graph-place" }, this.box, this.follow);
    this.isFollowing = true;
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
      this.box.addEventListener(kind, () => this.letGo(), { passive: true });
    // The drawing is made for the room that there is, and made anew when that changes.
    this.watching = new ResizeObserver(([entry]) => this.fit(Math.round(entry.contentRect.width)));
    this.watching.observe(this.box);
  }

  fit(room) {
    if (room === 0 || Math.abs(room - (this.room || 0)) < 8) return;
    this.room = room;
    const focused = this.box.contains(document.activeElement) && document.activeElement.dataset.step;
    this.draw(placed(this.steps, this.edges, room));
    this.show(this.states);
    if (focused) this.groups.get(focused)?.element.focus();
  }

  draw({ nodes, edges, width, height: tall }) {
    const arrow = `arrow-${Math.random().toString(36).slice(2)}`;
    const drawing = svg("svg",
      { viewBox: `0 0 ${width} ${tall}`, width: Math.round(width), height: Math.round(tall), role: "group",
        "aria-label": `The steps of ${this.name}` },
      svg("defs", {},
        svg("marker",
          { id: arrow, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
            orient: "auto" }, svg("path", { d: "M0 0 L8 4 L0 8 z" }))));
    const lines = edges.map((edge) => ({ edge, ...line(edge, width) }));
    drawing.append(
      ...lines.map(({ edge, d }) => svg("path",
          { d, "marker-end": `url(#${arrow})`, class: edge.label === "error" ? "edge error" : "edge" })),
      ...labelled(lines, nodes).map(({ label, x, y }) => svg("text", { x, y, class: "label" }, label)));
    this.groups = new Map();
    for (const node of nodes) {
      const group = node.step ? new Node(node, this.pick) : { element: end(node) };
      if (node.step) this.groups.set(node.step.name, group);
      drawing.append(group.element);
    }
    this.box.replaceChildren(drawing);
  }

  /**
   * Shows how the steps stand: for a name `{ status, visits, milliseconds }`, the last two where they are
   * known.
   */
  show(states) {
    this.states = states;
    if (!this.groups) return;
    for (const [name, group] of this.groups) group.show(states.get(name));
    this.lead();
  }

  get running() {
    for (const wanted of ["WAITING", "RUNNING"]) {
      for (const [name, state] of this.states) if (state.status === wanted) return name;
    }
    return null;
  }

  /** Brings the running step into sight, within the graph's own box. */
  lead() {
    const node = this.running && this.groups?.get(this.running);
    if (!node) { setShown(this.follow, false); return; }
    if (!this.isFollowing || this.box.scrollHeight <= this.box.clientHeight + 4) return;
    const place = node.element.getBoundingClientRect(), frame = this.box.getBoundingClientRect();
    const isSeen = place.top >= frame.top + 8 && place.bottom <= frame.bottom - 8;
    if (isSeen) return;
    const top = this.box.scrollTop + place.top - frame.top - (frame.height - place.height) / 2;
    this.box.scrollTo({ top, behavior: "smooth" });
  }

  /** Who moves the graph looks for something, and is not led away from it. */
  letGo() {
    if (!this.running || this.box.scrollHeight <= this.box.clientHeight + 4) return;
    this.isFollowing = false;
    setShown(this.follow, true);
  }
}

function end(node) {
  return svg("g", { class: "end" },
    svg("rect", { x: node.x - node.width / 2, y: node.y - endHeight / 2, width: node.width,
        height: endHeight, rx: endHeight / 2 }),
    svg("text", { x: node.x, y: node.y + 4.5, class: "name middle" }, "end"));
}

/** So much of a text as there is room for letters. */
function cut(text, letters) {
  return text.length > letters + 0.5 ? `${text.slice(0, Math.floor(letters))}…` : text;
}

class Node {
  constructor({ step, x, y, width }, pick) {
    this.step = step;
    const left = x - width / 2, top = y - height / 2;
    this.sign = svg("text", { x: left + 15, y: top + 20, class: "sign middle" });
    this.visits = svg("text", { x: left + width - 9, y: top + 20, class: "visits" });
    this.took = svg("text", { x: left + width - 9, y: top + 36, class: "took" });
    const called = step.step_type === "REST_API" && step.prompt_template.automation;
    this.kind = called ? `calls ${called}` : step.step_type;
    this.title = svg("title", {}, step.name);
    this.name = svg("text", { x: left + 26, y: top + 20, class: "name" }, cut(step.name, (width - 60) / 7.4));
    this.element = svg("g", {
      class: "node", tabindex: "0", role: "button", "data-step": step.name,
      onclick: () => pick(step.name),
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pick(step.name);
      },
    }, this.title, svg("rect", { x: left, y: top, width, height, rx: 8 }), this.sign, this.name,
      svg("text", { x: left + 26, y: top + 36, class: "type" }, cut(this.kind, (width - 70) / 5.8)),
      this.visits, this.took);
    this.show();
  }

  show(state) {
    const { status = "", visits = 0, milliseconds = null } = state || {};
    setAttribute(this.element, "class", `node ${status}`.trim());
    setText(this.sign, signs[status] || "");
    setText(this.visits, visits > 1 ? `${visits}×` : "");
    setText(this.took, milliseconds === null ? "" : duration(milliseconds));
    const about = [this.step.name, this.kind, words[status],
      visits > 1 ? counted(visits, "visit") : null,
      milliseconds === null ? null : duration(milliseconds)].filter(Boolean).join(", ");
    setAttribute(this.element, "aria-label", about);
    setText(this.title, about);
  }
}

// Draws an automation: steps in layers from START down, each edge with its label.

import { setAttribute, setText } from "/client.js";

const space = "http://www.w3.org/2000/svg";
const height = 42, gapX = 28, gapY = 46;

function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** `steps` as the API gives them, `edges` as { from, to, label } between their ids, null for the end. */
export function drawGraph(name, steps, edges) {
  const nodes = new Map(steps.map((step) => [step.id, { id: step.id, step, out: [], layer: 0, width: widthOf(step) }]));
  nodes.set(null, { id: null, step: null, out: [], layer: 0, width: 56 });
  const kept = edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  for (const edge of kept) nodes.get(edge.from).out.push(edge);
  markBackEdges(nodes, steps);
  setLayers(nodes, kept);
  const layers = fillLayers(nodes, kept);
  order(layers);
  const size = place(layers);
  return draw(name, layers, kept, size);
}

function widthOf(step) { return Math.max(96, 24 + 8 * [...step.name].length, 20 + 6.4 * step.step_type.length); }

/** An edge that leads back to a step on the way to it closes a loop, and does not count for the layers. */
function markBackEdges(nodes, steps) {
  const state = new Map();
  const starts = [...steps.filter((step) => step.step_type === "START"), ...steps];
  for (const start of starts) {
    if (state.has(start.id)) continue;
    const stack = [[nodes.get(start.id), 0]];
    state.set(start.id, 1);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const edge = top[0].out[top[1]++];
      if (!edge) { state.set(top[0].id, 2); stack.pop(); continue; }
      edge.back = state.get(edge.to) === 1;
      if (!state.has(edge.to)) { state.set(edge.to, 1); stack.push([nodes.get(edge.to), 0]); }
    }
  }
}

function setLayers(nodes, edges) {
  const forward = edges.filter((edge) => !edge.back);
  const waiting = new Map([...nodes.keys()].map((id) => [id, 0]));
  for (const edge of forward) waiting.set(edge.to, waiting.get(edge.to) + 1);
  const free = [...nodes.values()].filter((node) => waiting.get(node.id) === 0);
  while (free.length > 0) {
    const node = free.shift();
    for (const edge of node.out.filter((one) => !one.back)) {
      const target = nodes.get(edge.to);
      target.layer = Math.max(target.layer, node.layer + 1);
      waiting.set(edge.to, waiting.get(edge.to) - 1);
      if (waiting.get(edge.to) === 0) free.push(target);
    }
  }
}

/** Layers of nodes, with thin ones where a long edge passes. */
function fillLayers(nodes, edges) {
  const used = new Set(edges.map((edge) => edge.to));
  const layers = [];
  const add = (node) => { (layers[node.layer] ||= []).push(node); };
  for (const node of nodes.values()) if (node.id !== null || used.has(null)) add({ ...node, ups: [], downs: [] });
  const byId = new Map(layers.flat().map((node) => [node.id, node]));
  for (const edge of edges) {
    let before = byId.get(edge.from);
    const target = byId.get(edge.to);
    edge.route = [before];
    const step = target.layer > before.layer ? 1 : -1;
    if (!edge.back) {
      for (let layer = before.layer + step; layer !== target.layer; layer += step) {
        const bend = { id: Symbol("bend"), bend: true, layer, width: 10, ups: [], downs: [] };
        add(bend);
        before.downs.push(bend);
        bend.ups.push(before);
        edge.route.push(bend);
        before = bend;
      }
      before.downs.push(target);
      target.ups.push(before);
    }
    edge.route.push(target);
  }
  return layers.filter(Boolean);
}

/** Puts each node near the middle of its neighbours, down and up a few times. */
function order(layers) {
  const sweep = (list, side) => {
    for (const layer of list) {
      const middle = new Map(layer.map((node, place) => {
        const near = node[side];
        return [node, near.length ? near.reduce((sum, other) => sum + other.place, 0) / near.length : place];
      }));
      layer.sort((a, b) => middle.get(a) - middle.get(b));
      layer.forEach((node, place) => { node.place = place; });
    }
  };
  layers.forEach((layer) => layer.forEach((node, place) => { node.place = place; }));
  for (let round = 0; round < 4; round += 1) { sweep(layers, "ups"); sweep([...layers].reverse(), "downs"); }
}

function place(layers) {
  const wide = layers.map((layer) => layer.reduce((sum, node) => sum + node.width + gapX, -gapX));
  const width = Math.max(...wide, 100) + 80;
  layers.forEach((layer, index) => {
    let x = (width - wide[index]) / 2;
    for (const node of layer) {
      node.x = x + node.width / 2;
      node.y = 20 + index * (height + gapY) + height / 2;
      x += node.width + gapX;
    }
  });
  return { width, height: 40 + layers.length * (height + gapY) - gapY };
}

function draw(name, layers, edges, size) {
  const svg = s("svg", {
    viewBox: `0 0 ${size.width} ${size.height}`, width: size.width, height: size.height, role: "img",
    "aria-label": `The steps of ${name}`,
  }, s("defs", {}, s("marker", {
    id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
  }, s("path", { d: "M0 0 L8 4 L0 8 z" }))));
  setPorts(edges);
  const drawn = edges.map((edge) => drawEdge(edge, size));
  svg.append(...drawn.map(([path]) => path), ...drawn.flatMap(([, label]) => label || []));
  const groups = new Map();
  for (const node of layers.flat().filter((one) => !one.bend)) {
    const group = drawNode(node);
    if (node.step) groups.set(node.step.name, group);
    svg.append(group);
  }
  /** Colours the steps: a status for each name. */
  const colour = (statuses) => {
    for (const [step, group] of groups) {
      const status = statuses.get(step) || "";
      setAttribute(group, "class", status);
      setText(group.querySelector(".mark"), { FINISHED: "✓", FAILED: "✕", RUNNING: "▸", WAITING: "?", NEW: "…" }[status] || "");
    }
  };
  return { svg, colour };
}

/** Where on a step's side an edge begins or ends: side by side, in the order of where they go. */
function port(node, edges, edge) {
  const room = Math.min(18, (node.width - 24) / Math.max(edges.length, 1));
  return node.x + (edges.indexOf(edge) - (edges.length - 1) / 2) * room;
}

function setPorts(edges) {
  const forward = edges.filter((edge) => !edge.back);
  for (const edge of forward) {
    (edge.route[0].outs ||= []).push(edge);
    (edge.route.at(-1).ins ||= []).push(edge);
  }
  for (const edge of forward) {
    edge.route[0].outs.sort((a, b) => a.route[1].x - b.route[1].x);
    edge.route.at(-1).ins.sort((a, b) => a.route.at(-2).x - b.route.at(-2).x);
  }
}

function drawNode(node) {
  const left = node.x - node.width / 2, top = node.y - height / 2;
  const group = s("g", {}, s("rect", { x: left, y: top, width: node.width, height, rx: node.step ? 8 : height / 2 }));
  const text = (y, content, kind) => {
    const element = s("text", { x: node.x, y, class: kind });
    element.textContent = content;
    group.append(element);
  };
  if (!node.step) { text(node.y + 5, "end", "name"); return group; }
  text(node.y - 2, node.step.name, "name");
  text(node.y + 14, node.step.step_type, "type");
  const mark = s("text", { x: left + node.width - 12, y: top + 16, class: "mark" });
  group.append(mark);
  return group;
}

function drawEdge(edge, size) {
  const points = edge.route;
  const first = points[0], last = points[points.length - 1];
  let d, labelX, labelY;
  if (edge.back) {
    const side = Math.min(size.width - 8, Math.max(first.x + first.width / 2, last.x + last.width / 2) + 26);
    const lift = first === last ? 9 : 0;
    d = `M${first.x + first.width / 2} ${first.y + lift} C${side} ${first.y + lift} ${side} ${last.y - lift} ${last.x + last.width / 2} ${last.y - lift}`;
    [labelX, labelY] = [side - 8, (first.y + last.y) / 2];
  } else {
    const next = points[1];
    const begin = port(first, first.outs, edge), end = port(last, last.ins, edge);
    let [x, y] = [begin, first.y + height / 2];
    d = `M${x} ${y}`;
    for (const point of points.slice(1)) {
      const [toX, toY] = [point.bend ? point.x : end, point.y - height / 2];
      d += ` C${x} ${(y + toY) / 2} ${toX} ${(y + toY) / 2} ${toX} ${toY}`;
      // Beside other steps it goes straight down, so that it crosses none.
      if (point.bend) d += ` V${toY + height}`;
      [x, y] = [toX, toY + height];
    }
    // Past the middle of the first part, where edges of one step lie apart.
    const t = 0.6, toX = next.bend ? next.x : end;
    labelX = begin + (toX - begin) * (3 * t * t - 2 * t * t * t);
    labelY = first.y + height / 2 + gapY * (1.5 * t - 1.5 * t * t + t * t * t) + 4;
  }
  const path = s("path", { d, "marker-end": "url(#arrow)", class: edge.label === "error" ? "error" : "" });
  if (!edge.label) return [path];
  const label = s("text", { x: labelX, y: labelY, class: "label" });
  label.textContent = edge.label;
  return [path, label];
}

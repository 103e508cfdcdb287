// Where the steps of a graph stand: in layers from START down, as wide as there is room.

export const height = 46, endHeight = 30;
const gapX = 18, gapY = 40, margin = 14, bendWidth = 8, loopRoom = 34;

/**
 * Places `steps`, as the API gives them, and `edges` as { from, to, label } between their ids, null for the
 * end. `room` is how many units of length there are from side to side. Gives `{ nodes, edges, width, height
 * }`; a node has `x` and `y` of its middle and its `width`, an edge its `route` of places.
 */
export function placed(steps, edges, room) {
  const inside = room - 2 * margin - loopRoom;
  const made = steps.map((step) => ({ id: step.id, step, out: [], layer: 0, width: widthOf(step, inside) }));
  const nodes = new Map(made.map((node) => [node.id, node]));
  nodes.set(null, { id: null, step: null, out: [], layer: 0, width: 56 });
  const kept = withoutTwins(edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to)));
  for (const edge of kept) nodes.get(edge.from).out.push(edge);
  if (!kept.some((edge) => edge.to === null)) nodes.delete(null);
  markBackEdges(nodes, steps);
  setLayers(nodes, kept);
  splitWideLayers(nodes, inside);
  const layers = withBends(nodes, kept);
  order(layers);
  const size = setPlaces(layers, kept.some((edge) => edge.back));
  setPorts(kept);
  return { nodes: layers.flat().filter((one) => !one.bend), edges: kept, ...size };
}

function widthOf(step, room) {
  const wanted = Math.max(110, 62 + 7.8 * [...step.name].length, 76 + 5.8 * step.step_type.length);
  return Math.min(260, Math.max(124, room), wanted);
}

/** Several edges from one step to another are drawn as one, with all of their labels. */
function withoutTwins(edges) {
  const kept = new Map();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to} ${edge.label === "error"}`;
    const twin = kept.get(key);
    if (twin) twin.label = [twin.label, edge.label].filter(Boolean).join(", ");
    else kept.set(key, { ...edge });
  }
  return [...kept.values()];
}

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
  const waiting = new Map([...nodes.keys()].map((id) => [id, 0]));
  for (const edge of edges) if (!edge.back) waiting.set(edge.to, waiting.get(edge.to) + 1);
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

/**
 * A layer that is wider than the room has narrower steps, at least two beside each other; where that is not
 * enough it becomes several layers: no edge leads from one of its steps to another.
 */
function splitWideLayers(nodes, room) {
  for (let layer = 0; layer <= Math.max(...[...nodes.values()].map((node) => node.layer)); layer += 1) {
    let used = -gapX;
    const over = [], members = [...nodes.values()].filter((node) => node.layer === layer);
    if (members.reduce((sum, node) => sum + gapX + node.width, -gapX) > room) {
      for (const node of members) node.width = Math.min(node.width, Math.max(124, (room - gapX) / 2));
    }
    for (const node of members) {
      const isFirst = used < 0;
      if (isFirst || used + gapX + node.width <= room) used += gapX + node.width; else over.push(node);
    }
    // One that stands alone has the room for its whole name again.
    const [first] = members;
    if (members.length - over.length === 1 && first.step) first.width = widthOf(first.step, room);
    if (over.length === 0) continue;
    for (const node of nodes.values()) if (node.layer > layer) node.layer += 1;
    for (const node of over) node.layer += 1;
  }
}

/** The layers, with thin places where edges pass; edges to one step pass at the same place. */
function withBends(nodes, edges) {
  const layers = [];
  const add = (node) => { (layers[node.layer] ||= []).push(node); };
  for (const node of nodes.values()) {
    Object.assign(node, { ups: [], downs: [], outs: [], ins: [] });
    add(node);
  }
  const bends = new Map();
  const link = (above, below) => { above.downs.push(below); below.ups.push(above); };
  for (const edge of edges) {
    let before = nodes.get(edge.from);
    const target = nodes.get(edge.to);
    edge.route = [before];
    if (!edge.back) {
      for (let layer = before.layer + 1; layer < target.layer; layer += 1) {
        const key = `${layer} ${edge.to} ${edge.label === "error"}`;
        if (!bends.has(key)) {
          bends.set(key, { id: key, bend: true, layer, width: bendWidth, ups: [], downs: [] });
          add(bends.get(key));
        }
        link(before, bends.get(key));
        before = bends.get(key);
        edge.route.push(before);
      }
      link(before, target);
    }
    edge.route.push(target);
  }
  return layers.filter(Boolean);
}

/** Places within a layer count from its middle. */
function number(layer) {
  layer.forEach((node, place) => { node.place = place - (layer.length - 1) / 2; });
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
      number(layer);
    }
  };
  for (const layer of layers) number(layer);
  for (let round = 0; round < 4; round += 1) {
    sweep(layers, "ups");
    sweep([...layers].reverse(), "downs");
  }
}

function setPlaces(layers, hasLoop) {
  const wide = layers.map((layer) => layer.reduce((sum, node) => sum + node.width + gapX, -gapX));
  const inner = Math.max(...wide, 120);
  layers.forEach((layer, index) => {
    let x = margin + (inner - wide[index]) / 2;
    for (const node of layer) {
      node.x = x + node.width / 2;
      node.y = margin + index * (height + gapY) + height / 2;
      x += node.width + gapX;
    }
  });
  return { width: inner + 2 * margin + (hasLoop ? loopRoom : 0),
    height: 2 * margin + layers.length * (height + gapY) - gapY };
}

/** Edges of one step begin and end side by side, in the order of where they lead. */
function setPorts(edges) {
  const forward = edges.filter((edge) => !edge.back);
  for (const edge of forward) {
    edge.route[0].outs.push(edge);
    edge.route.at(-1).ins.push(edge);
  }
  for (const edge of forward) {
    edge.route[0].outs.sort((a, b) => a.route[1].x - b.route[1].x);
    edge.route.at(-1).ins.sort((a, b) => a.route.at(-2).x - b.route.at(-2).x);
  }
}

function port(node, edges, edge) {
  const room = Math.min(18, (node.width - 24) / Math.max(edges.length, 1));
  return node.x + (edges.indexOf(edge) - (edges.length - 1) / 2) * room;
}

/** The line of an edge as an SVG path, and the places where its label may stand, the best one first. */
export function line(edge, width) {
  const first = edge.route[0], last = edge.route.at(-1);
  if (edge.back) {
    const lift = first === last ? 9 : 0;
    const [fromX, toX] = [first.x + first.width / 2, last.x + last.width / 2];
    const side = Math.min(width - 4, Math.max(fromX, toX) + 30);
    const [fromY, toY] = [first.y + lift, last.y - lift];
    return { d: `M${fromX} ${fromY} C${side} ${fromY} ${side} ${toY} ${toX} ${toY}`,
      spots: [{ x: side - 10, y: (first.y + last.y) / 2 }] };
  }
  const begin = port(first, first.outs, edge), end = port(last, last.ins, edge);
  let [x, y] = [begin, first.y + height / 2];
  let d = `M${x} ${y}`;
  const spots = [];
  for (const point of edge.route.slice(1)) {
    const [toX, toY] = [point.bend ? point.x : end,
      point.y - (point.bend || point.step ? height : endHeight) / 2];
    d += ` C${x} ${(y + toY) / 2} ${toX} ${(y + toY) / 2} ${toX} ${toY}`;
    spots.push(...[0.6, 0.8, 0.4].map((part) => along([x, y], [toX, toY], part)));
    // Beside other steps it goes straight down, so that it crosses none.
    if (point.bend) {
      d += ` V${toY + height}`;
      spots.push({ x: toX, y: point.y + 4 });
    }
    [x, y] = [toX, toY + height];
  }
  return { d, spots };
}

/** A place on a curve that leaves one point and reaches another straight down, after such a part of it. */
function along([x, y], [toX, toY], part) {
  return { x: x + (toX - x) * (3 * part ** 2 - 2 * part ** 3),
    y: y + (toY - y) * (1.5 * part - 1.5 * part ** 2 + part ** 3) + 4 };
}

/** Where the labels of `lines`, each `{ edge, spots }`, stand, so that none lies on another one or on a step. */
export function labelled(lines, nodes) {
  const taken = nodes.map(({ x, y, width }) => ({ x, y, width, height }));
  const meets = (one, other) => Math.abs(one.x - other.x) < (one.width + other.width) / 2
    && Math.abs(one.y - other.y) < (one.height + other.height) / 2;
  return lines.filter(({ edge }) => edge.label).map(({ edge, spots }) => {
    const boxOf = ({ x, y }) => ({ x, y: y - 4, width: 8 + 6 * edge.label.length, height: 12 });
    const spot = spots.find((one) => !taken.some((other) => meets(boxOf(one), other))) || spots[0];
    taken.push(boxOf(spot));
    return { label: edge.label, ...spot };
  });
}

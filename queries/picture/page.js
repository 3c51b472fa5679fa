"use strict";
// The picture's behaviour. All text is set as text (textContent, canvas); nothing that came from outside is ever parsed as HTML.
(() => {
  const scene = JSON.parse(document.getElementById("scene").textContent);
  const geometry = scene.geometry;
  const cards = new Map(scene.cards.map((card) => [card.id, card]));
  const lines = new Map(scene.lines.map((line) => [line.id, line]));
  const members = new Map();
  for (const card of scene.cards) {
    const holder = card.inside[card.inside.length - 1];
    if (holder) (members.get(holder) || members.set(holder, []).get(holder)).push(card);
  }
  const outlines = new Map(Object.entries(scene.outlines).map(([name, path]) => [name, new Path2D(path)]));
  const glyphs = new Map(Object.entries(scene.glyphs).map(([name, path]) => [name, new Path2D(path)]));
  const opened = new Set();
  const state = { route: null, pinned: null, query: "", off: { verdict: new Set(), mechanism: new Set(), account: new Set() } };
  let regions = [];
  let colours = {};
  let shown = new Map();
  let arrows = new Map();

  const byId = (id) => document.getElementById(id);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ground", "ink", "soft", "card", "rule", "allowed", "conditional", "blocked"]) colours[name] = style.getPropertyValue(`--${name}`).trim();
  };
  const colourOf = (account) => (scene.accounts[account] || { colour: geometry.nobody }).colour;

  // ------------------------------------------------------------------ what is visible
  const standIn = (card) => card.inside.find((group) => !opened.has(group)) || card.id;
  const isShown = (card) => standIn(card) === card.id && !(card.is_group && opened.has(card.id));
  const passes = (line) => !state.off.verdict.has(line.state) && !state.off.mechanism.has(line.mechanism)
    && !state.off.account.has(cards.get(line.source).account) && !state.off.account.has(cards.get(line.target).account);
  const visibleCards = () => {
    const used = new Set();
    for (const line of lines.values()) if (passes(line)) { used.add(standIn(cards.get(line.source))); used.add(standIn(cards.get(line.target))); }
    return scene.cards.filter((card) => isShown(card) && used.has(card.id));
  };

  // The same stacking as the still picture: columns from left to right, neighbours of one account in a region.
  const place = (all) => {
    const layers = new Map();
    for (const card of [...all].sort((a, b) => a.column - b.column || a.order - b.order)) (layers.get(card.column) || layers.set(card.column, []).get(card.column)).push(card);
    const tallest = Math.max(geometry.shortest, Math.ceil(Math.sqrt(all.length * 3)));
    const spots = new Map();
    regions = [];
    let x = 0;
    for (const layer of layers.values()) {
      const parts = Math.ceil(layer.length / tallest);
      const rows = Math.ceil(layer.length / parts);
      for (let part = 0; part < parts; part += 1) { stack(layer.slice(part * rows, (part + 1) * rows), x, spots); x += geometry.width + geometry.beside; }
      x += geometry.hop - geometry.beside;
    }
    return spots;
  };
  const stack = (pile, x, spots) => {
    const runs = [];
    for (const card of pile) {
      const last = runs[runs.length - 1];
      if (last && last[0].account === card.account) last.push(card); else runs.push([card]);
    }
    let height = geometry.between * (runs.length - 1);
    for (const run of runs) height += run.length * geometry.row + (run[0].account ? geometry.header : 0);
    let y = -height / 2;
    for (const run of runs) {
      const top = y;
      if (run[0].account) y += geometry.header;
      for (const card of run) { spots.set(card.id, { x, y: y + geometry.row / 2 }); y += geometry.row; }
      if (run[0].account) regions.push({ account: run[0].account, x: x - geometry.width / 2 - geometry.padding, y: top, width: geometry.width + 2 * geometry.padding, height: y - top });
      y += geometry.between;
    }
  };

  // ------------------------------------------------------------------ drawing
  const clip = (ctx, text, width) => {
    if (ctx.measureText(text).width <= width) return text;
    let keep = text.length - 1;
    while (keep > 2 && ctx.measureText(text.slice(0, Math.ceil(keep / 2)) + "…" + text.slice(-Math.floor(keep / 2))).width > width) keep -= 1;
    return text.slice(0, Math.ceil(keep / 2)) + "…" + text.slice(-Math.floor(keep / 2));
  };
  const isHit = (card) => state.query && `${card.title} ${card.full} ${(scene.accounts[card.account] || { name: "" }).name}`.toLowerCase().includes(state.query);
  const holdsHit = (card) => isHit(card) || (members.get(card.id) || []).some(holdsHit);
  const isDim = (card) => {
    if (state.query) return !holdsHit(card);
    if (state.route === null) return false;
    return !scene.routes[state.route].lines.some((id) => { const line = lines.get(id); return standIn(cards.get(line.source)) === card.id || standIn(cards.get(line.target)) === card.id; });
  };
  const drawCard = (card) => ({ ctx, x, y }) => ({
    drawNode: () => {
      const colour = colourOf(card.account);
      ctx.save();
      ctx.translate(x, y);
      const outline = outlines.get(card.outline);
      ctx.fillStyle = colours.ground;
      ctx.fill(outline);
      ctx.globalAlpha = isDim(card) ? 0.22 : 1;
      if (card.is_group) { ctx.save(); ctx.translate(5, -5); ctx.fillStyle = colours.card; ctx.strokeStyle = colour; ctx.lineWidth = 1.2; ctx.fill(outline); ctx.stroke(outline); ctx.restore(); }
      ctx.fillStyle = colours.card;
      ctx.strokeStyle = state.pinned === card.id ? colours.ink : colour;
      ctx.lineWidth = card.end || state.pinned === card.id ? 3.4 : 1.7;
      ctx.fill(outline);
      ctx.stroke(outline);
      ctx.save();
      ctx.translate(-geometry.width / 2 + 12, -12);
      ctx.strokeStyle = colour;
      ctx.lineWidth = 1.7;
      ctx.lineCap = ctx.lineJoin = "round";
      ctx.stroke(glyphs.get(card.glyph));
      ctx.restore();
      ctx.textAlign = "left";
      ctx.textBaseline = "alphabetic";
      ctx.fillStyle = colours.ink;
      ctx.font = `600 15px ${geometry.font}`;
      ctx.fillText(clip(ctx, card.title, geometry.width - 58), -geometry.width / 2 + 46, -2);
      ctx.fillStyle = colours.soft;
      ctx.font = `11.5px ${geometry.font}`;
      ctx.fillText(clip(ctx, card.subtitle, geometry.width - 58), -geometry.width / 2 + 46, 16);
      if (card.end) flag(ctx, card);
      ctx.restore();
    },
    nodeDimensions: { width: geometry.width, height: geometry.height },
  });
  const flag = (ctx, card) => {
    const width = card.end === "start" ? 46 : 54;
    ctx.fillStyle = card.end === "start" ? colours.allowed : colours.conditional;
    ctx.beginPath();
    ctx.roundRect(geometry.width / 2 - width - 8, -geometry.height / 2 - 9, width, 17, 8.5);
    ctx.fill();
    ctx.fillStyle = colours.card;
    ctx.font = `700 10.5px ${geometry.font}`;
    ctx.textAlign = "center";
    ctx.fillText(card.end === "start" ? "START" : "TARGET", geometry.width / 2 - width / 2 - 8, -geometry.height / 2 + 3.5);
  };
  const drawRegions = (ctx) => {
    for (const region of regions) {
      const colour = colourOf(region.account);
      ctx.save();
      ctx.beginPath();
      ctx.roundRect(region.x, region.y, region.width, region.height, 14);
      ctx.globalAlpha = 0.1;
      ctx.fillStyle = colour;
      ctx.fill();
      ctx.globalAlpha = 0.5;
      ctx.strokeStyle = colour;
      ctx.stroke();
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour;
      ctx.font = `650 12.5px ${geometry.font}`;
      ctx.textAlign = "left";
      ctx.fillText(clip(ctx, scene.accounts[region.account].name, region.width - 28), region.x + 14, region.y + 20);
      ctx.restore();
    }
  };
  // A blocked hop carries a cross where it ends, so that it can be seen without colour.
  const drawCrosses = (ctx) => {
    for (const [id, arrow] of arrows) {
      const edge = network.body.edges[id];
      if (arrow.state !== "blocked" || !edge || !edge.connected) continue;
      const point = edge.edgeType.getPoint(0.5);
      ctx.save();
      ctx.strokeStyle = colours.blocked;
      ctx.globalAlpha = isArrowDim(arrow) ? 0.12 : 1;
      ctx.lineWidth = 3.5;
      ctx.lineCap = "round";
      ctx.beginPath();
      ctx.moveTo(point.x - 7, point.y - 7); ctx.lineTo(point.x + 7, point.y + 7);
      ctx.moveTo(point.x + 7, point.y - 7); ctx.lineTo(point.x - 7, point.y + 7);
      ctx.stroke();
      ctx.restore();
    }
  };

  const folded = () => {
    const together = new Map();
    for (const line of lines.values()) {
      if (!passes(line)) continue;
      const source = standIn(cards.get(line.source));
      const target = standIn(cards.get(line.target));
      if (source === target) continue;
      const key = `${source} ${target} ${line.state}`;
      const arrow = together.get(key) || { id: `a${together.size}`, source, target, state: line.state, mechanism: line.mechanism, lines: [] };
      arrow.lines.push(line);
      together.set(key, arrow);
    }
    return [...together.values()];
  };
  const wordsOf = (arrow) => {
    const labels = [...new Set(arrow.lines.map((line) => line.label))];
    if (labels.length > 1) return `${labels[0]} +${labels.length - 1}`;
    return arrow.lines.length > 1 ? `${labels[0]} ×${arrow.lines.length}` : labels[0];
  };
  const tipOf = (arrow) => arrow.lines.slice(0, 4).map((line) => [line.title, ...line.told.filter(([head]) => head !== "From" && head !== "To").map(([head, rows]) => `${head}: ${rows.slice(0, 6).join("; ")}`)].join("\n")).join("\n\n")
    + (arrow.lines.length > 4 ? `\n\nand ${arrow.lines.length - 4} more: click` : "");
  const isArrowDim = (arrow) => (state.route !== null && !arrow.lines.some((line) => line.routes.includes(state.route)))
    || (state.query && !(holdsHit(cards.get(arrow.source)) || holdsHit(cards.get(arrow.target))));
  const edgeOf = (arrow, many, twice) => {
    const colour = colours[arrow.state];
    const bent = twice.has(`${arrow.source} ${arrow.target}`) && arrow.state === "blocked";
    const back = cards.get(arrow.source).column >= cards.get(arrow.target).column;
    return {
      id: arrow.id, from: arrow.source, to: arrow.target, label: many ? undefined : wordsOf(arrow), title: tipOf(arrow),
      width: 2.4, selectionWidth: 1.6, dashes: arrow.state === "allowed" ? false : arrow.state === "conditional" ? [9, 5] : [3, 5],
      arrows: { to: { enabled: true, type: scene.heads[arrow.mechanism] || "arrow", scaleFactor: 0.75 } },
      color: { color: colour, highlight: colour, hover: colour, opacity: isArrowDim(arrow) ? 0.12 : 1 },
      font: { color: isArrowDim(arrow) ? "rgba(0,0,0,0)" : colour, size: 12, face: geometry.font, strokeWidth: isArrowDim(arrow) ? 0 : 5, strokeColor: colours.ground, align: "horizontal", vadjust: arrow.state === "blocked" ? 17 : -9 },
      smooth: bent || back ? { enabled: true, type: "curvedCW", roundness: bent ? 0.18 : 0.4 } : { enabled: true, type: "cubicBezier", forceDirection: "horizontal", roundness: 0.5 },
    };
  };

  // ------------------------------------------------------------------ the network
  const nodes = new vis.DataSet();
  const edges = new vis.DataSet();
  const network = new vis.Network(byId("net"), { nodes, edges }, scene.options);
  network.on("beforeDrawing", drawRegions);
  network.on("afterDrawing", drawCrosses);

  const redraw = () => {
    const all = visibleCards();
    const spots = place(all);
    shown = new Map(all.map((card) => [card.id, card]));
    const list = folded();
    const many = list.length > geometry.most_labels;
    const seen = new Set();
    const twice = new Set();
    for (const arrow of list) { const key = `${arrow.source} ${arrow.target}`; if (seen.has(key)) twice.add(key); seen.add(key); }
    arrows = new Map(list.map((arrow) => [arrow.id, arrow]));
    edges.clear();
    nodes.clear();
    nodes.add(all.map((card) => ({ id: card.id, ...spots.get(card.id), shape: "custom", ctxRenderer: drawCard(card), title: `${card.full || card.title}\n${card.subtitle}${card.account ? `\naccount ${scene.accounts[card.account].name} (${card.account})` : ""}` })));
    edges.add(list.map((arrow) => edgeOf(arrow, many, twice)));
    byId("count").textContent = `${scene.caption} · ${all.length} of ${scene.size} nodes drawn${all.some((card) => card.is_group) ? ", groups open on click" : ""}`;
  };
  const restyle = () => {
    const many = arrows.size > geometry.most_labels;
    const seen = new Set();
    const twice = new Set();
    for (const arrow of arrows.values()) { const key = `${arrow.source} ${arrow.target}`; if (seen.has(key)) twice.add(key); seen.add(key); }
    edges.update([...arrows.values()].map((arrow) => edgeOf(arrow, many, twice)));
    network.redraw();
  };
  // vis-network knows the middles of cards only, so the frame is reckoned here.
  const fit = () => {
    const spots = [...shown.keys()].map((id) => network.getPosition(id));
    if (!spots.length) return;
    const xs = spots.map((spot) => spot.x);
    const ys = spots.map((spot) => spot.y);
    const tops = regions.map((region) => region.y);
    const left = Math.min(...xs) - geometry.width / 2 - 30;
    const right = Math.max(...xs) + geometry.width / 2 + 30;
    const top = Math.min(...ys, ...tops) - 40;
    const low = Math.max(...ys) + geometry.height / 2 + 60;
    const box = byId("net").getBoundingClientRect();
    const scale = Math.min(box.width / (right - left), box.height / (low - top), 1.3);
    network.moveTo({ position: { x: (left + right) / 2, y: (top + low) / 2 }, scale, animation: false });
  };
  const open = (id) => { opened.add(id); redraw(); network.focus((members.get(id) || [{ id }])[0].id, { scale: Math.max(network.getScale(), 0.6) }); };

  // ------------------------------------------------------------------ the panel
  const panel = byId("detail");
  const section = (head, rows) => {
    panel.append(make("h3", head));
    const list = make("ul");
    for (const row of rows) list.append(make("li", row));
    panel.append(list);
  };
  const hopButtons = (ids) => {
    const list = make("ul", undefined, "hops");
    for (const id of ids) {
      const line = lines.get(id);
      const button = make("button", line.title, line.state);
      button.prepend(make("span", line.label, "verdict"));
      button.addEventListener("click", () => showLine(line));
      const item = make("li");
      item.append(button);
      list.append(item);
    }
    return list;
  };
  const clearPanel = (title) => { panel.replaceChildren(make("h2", title)); panel.scrollIntoView({ block: "nearest" }); };
  const showLine = (line) => {
    state.pinned = line.id;
    clearPanel(line.title);
    for (const [head, rows] of line.told) section(head, rows);
    network.redraw();
  };
  const showArrow = (arrow) => {
    if (arrow.lines.length === 1) { showLine(arrow.lines[0]); return; }
    state.pinned = arrow.id;
    clearPanel(`${arrow.lines.length} hops`);
    panel.append(hopButtons(arrow.lines.slice(0, 200).map((line) => line.id)));
    network.redraw();
  };
  const showCard = (card) => {
    state.pinned = card.id;
    clearPanel(card.title);
    section("What", [card.subtitle]);
    if (card.full && !card.is_group) section("Name", [card.full]);
    if (card.account) section("Account", [`${scene.accounts[card.account].name} (${card.account})`]);
    for (const [head, wanted] of [["Hops out", "source"], ["Hops in", "target"]]) {
      const ids = [...lines.values()].filter((line) => standIn(cards.get(line[wanted])) === card.id).map((line) => line.id);
      if (ids.length) { panel.append(make("h3", `${head} (${ids.length})`)); panel.append(hopButtons(ids.slice(0, 100))); }
    }
    network.redraw();
  };
  const showRoute = (number) => {
    state.route = state.route === number ? null : number;
    for (const button of document.querySelectorAll(".routes button")) button.setAttribute("aria-pressed", String(Number(button.dataset.route) === state.route));
    if (state.route === null) { clearPanel("Click a node, a hop or a chain"); } else {
      const route = scene.routes[number];
      clearPanel(route.text);
      section("Verdict", [route.verdict]);
      panel.append(make("h3", "Hops"));
      panel.append(hopButtons(route.lines));
    }
    restyle();
  };
  const listRoutes = () => {
    const list = byId("routes");
    scene.routes.forEach((route, number) => {
      const button = make("button", route.text, route.state);
      button.prepend(make("span", route.verdict, "verdict"));
      button.dataset.route = String(number);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => showRoute(number));
      const item = make("li");
      item.append(button);
      list.append(item);
    });
  };
  const listFilters = () => {
    const add = (holder, kind, value, text, colour) => {
      const label = make("label");
      const box = make("input");
      box.type = "checkbox";
      box.checked = true;
      box.dataset.filter = kind;
      box.value = value;
      box.addEventListener("change", () => { if (box.checked) state.off[kind].delete(value); else state.off[kind].add(value); redraw(); fit(); });
      label.append(box);
      if (colour) { const chip = make("span", undefined, "chip"); chip.style.background = colour; label.append(chip); }
      label.append(make("span", text));
      holder.append(label);
    };
    for (const verdict of ["allowed", "conditional", "blocked"]) if (scene.lines.some((line) => line.state === verdict)) add(byId("verdicts"), "verdict", verdict, verdict);
    for (const mechanism of [...new Set(scene.lines.map((line) => line.mechanism))].sort()) add(byId("mechanisms"), "mechanism", mechanism, mechanism);
    for (const [account, { name, colour }] of Object.entries(scene.accounts)) add(byId("accounts"), "account", account, `${name} (${account})`, colour);
  };
  const listNotes = () => { for (const note of scene.notes) byId("notes").append(make("li", note)); byId("notes-box").hidden = !scene.notes.length; };
  const drawLegend = () => {
    for (const item of document.querySelectorAll("#legend [data-state]")) item.hidden = !scene.lines.some((line) => line.state === item.dataset.state);
    for (const glyph of [...new Set(scene.cards.map((card) => card.glyph))]) {
      const item = make("span");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 24 24"); svg.setAttribute("width", "16"); svg.setAttribute("height", "16");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", scene.glyphs[glyph]); path.setAttribute("fill", "none"); path.setAttribute("stroke", "currentColor"); path.setAttribute("stroke-width", "1.8");
      svg.append(path);
      item.append(svg, make("span", glyph));
      byId("legend").append(item);
    }
  };

  // ------------------------------------------------------------------ what people do
  network.on("click", ({ nodes: hit, edges: crossed }) => {
    if (hit.length) { const card = shown.get(hit[0]); if (card.is_group) open(card.id); else showCard(card); }
    else if (crossed.length) showArrow(arrows.get(crossed[0]));
  });
  const search = byId("search");
  let next = 0;
  search.addEventListener("input", () => { state.query = search.value.trim().toLowerCase(); next = 0; restyle(); });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; state.query = ""; restyle(); }
    if (event.key !== "Enter" || !state.query) return;
    const found = scene.cards.filter((card) => !card.is_group && isHit(card));
    if (!found.length) { byId("count").textContent = `nothing here is called ${search.value}`; return; }
    const card = found[next % found.length];
    next += 1;
    const closed = card.inside.filter((group) => !opened.has(group));
    if (closed.length) { for (const group of closed) opened.add(group); redraw(); }
    if (shown.has(card.id)) network.focus(card.id, { scale: Math.max(network.getScale(), 0.8) });
    showCard(card);
  });
  byId("fit").addEventListener("click", fit);
  byId("close").addEventListener("click", () => { opened.clear(); redraw(); fit(); });
  byId("close").hidden = !members.size;
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    if (event.key === "f") fit();
    if (event.key === "Escape" && state.route !== null) showRoute(state.route);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); restyle(); });

  readColours();
  listRoutes();
  listFilters();
  listNotes();
  drawLegend();
  redraw();
  fit();
  if (scene.routes.length === 0) clearPanel("No chain, and nothing that one control withholds");
  // For scripts that drive the page: where a node or the middle of a hop is on the screen.
  window.xgraphPicture = {
    network, cards, lines,
    at: (id) => { const box = byId("net").getBoundingClientRect(); const spot = network.canvasToDOM(network.getPosition(id)); return { x: box.left + spot.x, y: box.top + spot.y }; },
    middle: (id) => { const box = byId("net").getBoundingClientRect(); const spot = network.canvasToDOM(network.body.edges[id].edgeType.getPoint(0.5)); return { x: box.left + spot.x, y: box.top + spot.y }; },
    arrows: () => [...arrows.values()].map((arrow) => ({ id: arrow.id, source: arrow.source, target: arrow.target, state: arrow.state })),
    shown: () => [...shown.keys()],
  };
  document.documentElement.dataset.ready = "1";
})();

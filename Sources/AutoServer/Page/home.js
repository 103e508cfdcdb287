// The first view: what waits for a person, the automations, the files that did not load, and all sessions.

import { read, readPages, withQuery } from "/client.js";
import { h, Keyed, quietButton, setAttribute, setShown, setText } from "/dom.js";
import { mayRun, show } from "/frame.js";
import { FileList } from "/files.js";
import { largestPage, longestSearch } from "/limits.js";
import { events, gathered, regularly } from "/live.js";
import { Questions } from "/questions.js";
import { filterSelect, SessionPages, standing, statusOptions } from "/sessions.js";
import { counted, setStatus, setTime, shortID, statusOf } from "/words.js";

/**
 * So many sessions at a time, so many automations before "show all", and how often the rest is looked at, in
 * milliseconds.
 */
const page = 30, shownAutomations = 9, often = 15_000;

/** So many sessions that wait are shown before "show all", and so many are asked for, as of automations. */
const shownWaiting = 50, mostEntries = 1000;

/** What stands behind `?` in the address, so that a link leads to the same view. */
const filterNames = ["q", "status", "automation_id"];

export async function homeView(query, { signal, me }) {
  const home = new Home(Object.fromEntries(filterNames.map((name) => [name, query.get(name) || ""])), me,
    signal);
  await home.load();
  if (signal.aborted) return;
  document.title = "autorun";
  show(home.element);
  home.follow();
}

class Home {
  constructor(filters, me, signal) {
    Object.assign(this, { filters, me, signal });
    this.waiting = new Waiting(me, () => this.reloadSoon());
    this.automations = new Automations();
    this.files = new FileList();
    this.sessions = new SessionPages({ path: (more) => this.path(more), limit: page, signal,
      showsAutomation: true, emptyText: () => this.hasFilters ? "No session is like this." : "None yet." });
    this.search();
    // The more there is to read, the less often.
    this.reloadSoon = gathered(() => this.reload(), signal,
      () => Math.max(400, 10 * this.waiting.waiting.length + this.automations.automations.length));
    this.problem = h("p", { class: "problem", role: "alert" });
    this.element = h("div", { class: "home" },
      h("div", { class: "title" }, h("h1", {}, "Home"), this.makeSearch()), this.problem,
      this.waiting.element,
      this.automations.element, this.files.element,
      h("section", { "aria-labelledby": "sessions-title" },
        h("div", { class: "title" }, h("h2", { id: "sessions-title" }, "Sessions"), this.makeFilters()),
        this.sessions.list.element, this.sessions.actions));
  }

  makeSearch() {
    const field = h("input",
      { type: "search", name: "q", maxlength: longestSearch, value: this.filters.q,
        placeholder: "Search automations and sessions",
        "aria-label": "Search automations and sessions" });
    field.addEventListener("input", () => this.filter({ q: field.value.trim() }));
    return h("form", { role: "search", class: "search", onsubmit: (event) => event.preventDefault() }, field);
  }

  makeFilters() {
    const select = (name, label, options) => filterSelect(name, label, options, this.filters[name],
      (value) => this.filter({ [name]: value }));
    this.statusSelect = select("status", "Status", statusOptions);
    this.automationSelect = select("automation_id", "Automation", [["", "Every automation"]]);
    this.filterPlace = h("div", { class: "filters" }, this.statusSelect, this.automationSelect);
    return this.filterPlace;
  }

  get hasFilters() { return filterNames.some((name) => this.filters[name]); }

  path(more = {}) {
    const { status, ...filters } = this.filters;
    return withQuery("/sessions", { ...filters, ...standing(status), limit: page, ...more });
  }

  async load() {
    const [automations, files] = await Promise.all([
      this.readAutomations(), this.read("/files"), this.loadWaiting(), this.loadSessions(),
    ]);
    this.showAutomations(automations);
    this.files.update(files);
  }

  read(path) { return read(path, { signal: this.signal }); }

  readPages(path, parameters) {
    return readPages(withQuery(path, { ...parameters, limit: largestPage }), mostEntries,
      { signal: this.signal });
  }

  readAutomations() { return this.readPages("/automations", { view: "summary", sort: "used" }); }

  showAutomations({ entries: automations, hasMore }) {
    this.automations.update(automations, hasMore, this.filters.q);
    const known = [...this.automationSelect.options].map((one) => one.value);
    for (const { id, name } of automations) {
      if (!known.includes(id))
        this.automationSelect.append(h("option", { value: id, selected: id === this.filters.automation_id },
          name));
    }
  }

  async loadWaiting() {
    this.waiting.update(await this.readPages("/sessions", { waiting: "true" }));
  }

  async loadSessions(how) {
    await this.sessions.load(how);
    this.showFilters();
  }

  /** Where there is nothing to choose from, there are no choices. */
  showFilters() { setShown(this.filterPlace, this.hasFilters || this.sessions.list.sorted.length > 1); }

  filter(change) {
    Object.assign(this.filters, change);
    history.replaceState(null, "", withQuery("#/", this.filters));
    this.search();
    this.filterSoon ||= gathered(async () => {
      setText(this.problem, "");
      try { await this.loadSessions(); } catch (error) {
        if (error.name !== "AbortError") setText(this.problem, error.message);
      }
    }, this.signal, 200);
    this.filterSoon();
  }

  /** Shows of what stands here what the search finds; the sessions are asked for anew. */
  search() { for (const part of [this.waiting, this.automations, this.files]) part.search(this.filters.q); }

  /** What a changed session changes beside its own line. */
  async reload() {
    const [automations] = await Promise.all([
      this.readAutomations(), this.loadWaiting(),
      this.hasFilters ? this.loadSessions({ keepsPlace: true }) : this.sessions.refresh(),
    ]);
    this.showAutomations(automations);
  }

  async follow() {
    const look = async () => {
      this.files.update(await this.read("/files"));
      this.showAutomations(await this.readAutomations());
      await this.sessions.refresh();
    };
    regularly(look, this.signal, often);
    let known = new Set(this.sessions.list.sorted.map((one) => JSON.stringify(one)));
    try {
      for await (const { content } of events(`/sessions?limit=${page}`, { signal: this.signal })) {
        // The stream begins with what stands already.
        if (known?.has(JSON.stringify(content))) continue;
        if (!this.hasFilters) this.sessions.take(content);
        this.showFilters();
        this.reloadSoon();
      }
    } catch (error) { setText(this.problem, error.message); }
  }
}

/** What waits for a person, over all automations. */
class Waiting {
  constructor(me, answered) {
    this.isOpen = mayRun(me);
    this.waiting = [];
    this.words = "";
    this.title = h("h2", { id: "waiting-title" }, "");
    const list = h("div", { class: "waiting-list" });
    this.none = h("p", { class: "soft" }, "Nothing waits for a person.");
    this.sessions = new Keyed(list, (session) => {
      const questions = new Questions({
        base: `/automations/${session.automation_id}/sessions/${session.id}`, isOpen: this.isOpen, answered,
        isShort: true,
        about: () => [h("a", { href: `#/a/${session.automation_id}/s/${session.id}` },
          session.called_by ? `${session.automation_name}, called by ${session.called_by.automation_name}`
            : session.automation_name),
        h("code", { class: "soft small short" }, shortID(session.id))],
      });
      return { element: questions.element, update: (one) => questions.update(one.questions) };
    });
    this.all = quietButton("", () => { this.isWhole = true; this.draw(); });
    this.left = h("p", { class: "soft small" }, leftOut("sessions that wait"));
    this.element = h("section", { id: "waiting", "aria-labelledby": "waiting-title" }, this.title, this.none,
      list, h("div", { class: "actions" }, this.all), this.left);
  }

  update({ entries: sessions, hasMore }) {
    this.waiting = [...sessions].sort(longestFirst);
    this.hasMore = hasMore;
    this.draw();
  }

  search(text) {
    this.words = text.toLowerCase();
    this.draw();
  }

  draw() {
    const shown = this.waiting.filter((session) => wordsOf(session).toLowerCase().includes(this.words));
    const count = shown.reduce((sum, one) => sum + one.questions.length, 0);
    const number = `${count.toLocaleString("en")}${this.hasMore ? " or more" : ""}`;
    setText(this.title, count > 0 ? `Waiting for a person (${number})` : "Waiting for a person");
    setText(this.none,
      this.waiting.length > 0 ? "Nothing that waits is like this." : "Nothing waits for a person.");
    setShown(this.none, count === 0);
    this.sessions.update(this.isWhole ? shown : shown.slice(0, shownWaiting));
    setText(this.all, `Show all ${shown.length.toLocaleString("en")} sessions`);
    setShown(this.all, !this.isWhole && shown.length > shownWaiting);
    setShown(this.left, this.hasMore);
  }
}

/** That of a long list only a part was asked for. */
function leftOut(what) {
  return `There are more than ${mostEntries.toLocaleString("en")} ${what}; the others are not shown here.`;
}

/** First the session whose oldest question is older; those of one second by their ids, which sort by time. */
function longestFirst(one, other) {
  const begin = ({ id, questions }) =>
    `${questions.map((each) => each.asked_at ?? "").sort()[0] ?? ""} ${id}`;
  return begin(one) < begin(other) ? -1 : 1;
}

/** What a search finds a waiting session by. */
function wordsOf({ id, automation_name: name, called_by: caller, questions }) {
  return [id, name, caller?.automation_name ?? "", ...questions.flatMap((one) => [one.step, one.message])]
    .join("\n");
}

/** The automations by last use, as cards. */
class Automations {
  constructor() {
    this.list = h("ul", { class: "cards", id: "automations" });
    this.cards = new Keyed(this.list, (automation) => new AutomationCard(automation));
    this.none = h("div", { class: "card hint" }, h("p", {}, "No automation is served yet."),
      h("p", { class: "soft" }, "Make one by ", h("code", {}, "autorun new NAME"), ", serve its folder by ",
        h("code", {}, "autorun serve FOLDER"),
        ", or create one by ", h("code", {}, "POST /automations"), "."));
    this.nothing = h("p", { class: "soft" }, "No automation is called so.");
    this.all = h("button",
      { type: "button", class: "quiet", onclick: () => { this.isWhole = true; this.draw(); } }, "");
    this.left = h("p", { class: "soft small" }, leftOut("automations"));
    this.element = h("section", { "aria-labelledby": "automations-title" },
      h("h2", { id: "automations-title" }, "Automations"), this.none, this.nothing, this.list,
      h("div", { class: "actions" }, this.all), this.left);
    this.automations = [];
    this.words = "";
  }

  update(automations, hasMore, text) {
    this.automations = automations;
    setShown(this.left, hasMore);
    this.search(text);
  }

  search(text) {
    this.words = text.toLowerCase();
    this.draw();
  }

  draw() {
    const has = ({ name, description }) => `${name} ${description}`.toLowerCase().includes(this.words);
    const found = this.automations.filter(has);
    this.cards.update(this.isWhole ? found : found.slice(0, shownAutomations));
    setShown(this.none, this.automations.length === 0);
    setShown(this.nothing, this.automations.length > 0 && found.length === 0);
    setText(this.all, `Show all ${found.length}`);
    setShown(this.all, !this.isWhole && found.length > shownAutomations);
  }
}

class AutomationCard {
  constructor({ id }) {
    this.name = h("a", { class: "cover", href: `#/a/${id}` });
    this.about = h("p", { class: "soft small about" });
    this.problem = h("p", { class: "problem small" });
    this.status = h("span", {});
    this.used = h("time", {});
    this.waiting = h("span", {});
    this.nextTime = h("time", {});
    this.next = h("span", { class: "soft next" }, "starts ", this.nextTime);
    this.element = h("li", { class: "card" }, h("h3", {}, this.name), this.about, this.problem,
      h("div", { class: "row small" }, this.status, h("span", { class: "soft" }, this.used), this.waiting,
        this.next));
  }

  update(automation) {
    const { name, description, problem, waiting_count: waiting } = automation;
    const { newest_session: newest, last_used_at: used, next_start_at: next } = automation;
    setText(this.name, name);
    setText(this.about, description);
    setShown(this.about, description);
    setText(this.problem,
      problem ? `The file has a fault, so its last good version is served: ${problem}` : "");
    setShown(this.problem, problem);
    if (newest) {
      setStatus(this.status, statusOf(newest));
    } else {
      setText(this.status, "not run yet");
      setAttribute(this.status, "class", "soft");
    }
    if (used) setTime(this.used, used);
    if (next) setTime(this.nextTime, next);
    setShown(this.next, next);
    setShown(this.status, !(waiting > 0 && newest?.is_waiting));
    setShown(this.waiting, waiting > 0);
    setAttribute(this.waiting, "class", "status WAITING");
    setText(this.waiting, `${counted(waiting, "session")} ${waiting === 1 ? "waits" : "wait"}`);
  }
}

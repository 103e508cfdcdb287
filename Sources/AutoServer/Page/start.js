// Loads a page's modules. One that does not come, as when the network changes, is told and tried again by
// itself: a page that stays empty says nothing.

{
  /** So often a page is loaded again by itself, and so many milliseconds after it failed. */
  const tries = 3, pause = 1000;
  const script = document.currentScript;
  const failures = () => Number(sessionStorage.getItem("failures"));

  function tell() {
    const title = document.createElement("h1");
    title.textContent = "The page did not load";
    const words = document.createElement("p");
    words.className = "problem";
    words.setAttribute("role", "alert");
    const button = document.createElement("button");
    button.textContent = "Try again";
    button.addEventListener("click", () => location.reload());
    const main = document.getElementById("main");
    main.removeAttribute("aria-busy");
    main.replaceChildren(title, words, button);
    addEventListener("online", () => location.reload());
    const isTriedAgain = failures() < tries;
    words.textContent = "A part of it did not come from the server."
      + (isTriedAgain ? " Trying again …" : " Is the server running?");
    sessionStorage.setItem("failures", isTriedAgain ? failures() + 1 : 0);
    if (isTriedAgain) setTimeout(() => location.reload(), pause);
  }

  async function load() {
    try {
      // A stylesheet that did not come has no rules, and no event that could still be heard here.
      const { sheet } = document.querySelector("link[rel=stylesheet]");
      if (!sheet?.cssRules.length) throw new Error("page.css did not load");
      await import(script.dataset.module);
      sessionStorage.removeItem("failures");
    } catch (error) {
      console.error(error);
      tell();
    }
  }

  load();
}

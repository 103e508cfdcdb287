"""A real browser for the tests of the page: Debian's Chromium by its driver, in a width and a scheme of colours.

With SHOTS=folder, screenshots at 360 and 1280 pixels are left there to be looked at.
"""

import contextlib
import os
import pathlib
import shutil
import time

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import until

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Debian's chromium and chromium-driver")


def place_of(path):
    """Where the page shows what has this path in the API."""
    return path.replace("/automations/", "/a/").replace("/sessions/", "/s/")


class Browser:
    def __init__(self, folder, width, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/chromium-{width}-{dark}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.width = width
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def look(self, css, text=None):
        """The first element that is seen and holds the text; nothing where there is none."""
        for element in self.driver.find_elements(By.CSS_SELECTOR, css):
            with contextlib.suppress(StaleElementReferenceException):
                if element.is_displayed() and (text is None or text in element.text):
                    return element
        return None

    def find(self, css, text=None):
        try:
            return until(lambda: self.look(css, text), what=f"{css} {text or ''}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the page says: {self.driver.find_element(By.TAG_NAME, 'main').text[:1000]}; {self.complaints()}") from None

    def gone(self, css, text=None):
        until(lambda: self.look(css, text) is None, what=f"the end of {css} {text or ''}")

    def on(self, css, text, act):
        """What `act` gives for the element that `find` finds; once more where the page drew it anew in between."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return act(self.find(css, text))
            except StaleElementReferenceException:
                if time.monotonic() > deadline:
                    raise

    def click(self, css, text=None):
        def act(element):
            self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
            element.click()

        self.on(css, text, act)

    def text(self, css, text=None):
        """All the text of the first element that holds `text`."""
        return self.on(css, text, lambda element: element.text)

    def texts(self, css):
        """The texts of all that match, of one moment."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText)", css)

    def attribute(self, css, name):
        return self.on(css, None, lambda element: element.get_attribute(name))

    def type(self, css, *keys):
        """Into a field, after what stands in it."""
        self.on(css, None, lambda element: element.send_keys(*keys))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def write(self, css, text):
        """In place of what stands in a field."""
        self.on(css, None, lambda field: (field.clear(), field.send_keys(text)))

    def sign_in(self, server, place="/", token=None):
        """Opens a place of the page by a link that brings the token."""
        token = token or server.session.headers["Authorization"].split()[1]
        self.driver.get("about:blank")
        self.driver.get(f"{server.url}/#token={token}")
        self.find("h1", "Home")
        if place != "/":
            self.run("location.hash = arguments[0]", place)

    def open(self, server, path, token=None):
        """Opens a session, given by its path in the API."""
        self.sign_in(server, place_of(path), token)
        self.find("#session")

    def shot(self, name):
        folder = os.environ.get("SHOTS")
        # Nothing of the page is wider than the screen; what is wide has a box of its own that scrolls.
        assert self.run("return document.documentElement.scrollWidth") <= self.width
        if folder:
            self.driver.get_screenshot_as_file(str(pathlib.Path(folder) / f"{name}-{self.width}.png"))

    def complaints(self):
        """Errors in the console, those of refused requests left out."""
        return [line for line in self.driver.get_log("browser") if "status of 4" not in line["message"]]

    def nameless(self):
        """Controls that a screen reader could not name."""
        return self.run("""
            const name = (one) => one.getAttribute("aria-label") || one.textContent.trim() || one.title
                || [...(one.labels || [])].map((label) => label.textContent.trim()).join("");
            return [...document.querySelectorAll("a, button, input, select, textarea, summary, [role=button], [role=region]")]
                .filter((one) => one.checkVisibility() && !name(one)).map((one) => one.outerHTML.slice(0, 200));
        """)

    def faint(self):
        """Texts whose contrast with what is behind them is under the 4.5 of WCAG AA."""
        return self.run(CONTRAST)


CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const behind = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) {
    const color = rgba(getComputedStyle(one).backgroundColor);
    layers.push(color);
    if (color[3] === 1) break;
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
};
const light = (color) => {
  const [r, g, b] = color.slice(0, 3).map((one) => { const x = one / 255; return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  if (!own || !element.checkVisibility({ opacityProperty: true }) || element.closest("svg, :disabled, noscript, option, .unseen, .skip")) continue;
  const ground = behind(element), text = over(rgba(getComputedStyle(element).color), ground);
  const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent.slice(0, 40)}`);
}
return found;
"""


@pytest.fixture
def browse(place):
    browsers = []

    def make(width=1280, **options):
        browsers.append(Browser(place.folder, width, **options))
        return browsers[-1]

    yield make
    for browser in browsers:
        browser.driver.quit()


SELECT = """
const text = document.querySelector(arguments[0]);
getSelection().selectAllChildren(text);
window.kept = [...document.querySelectorAll('#session, #session .row > *, #steps details, #steps summary *, .graph .node, .timeline .line')];
return getSelection().toString();
"""
KEPT = "return window.kept.length > 0 && window.kept.every(one => one.isConnected)"

__all__ = ["Browser", "By", "KEPT", "Keys", "SELECT", "browse", "needs_browser", "place_of"]


# What several tests look at.

LOOP = """automation "Loop"
input turns: int = 20
START begin -> count
DATA_TRANSFORM count -> enough { max_visits: 500, prompt_template { value: size(count.results) + 1 } }
LOGIC_DECISION enough {
  max_visits: 500
  prompt_template {
    more: when count.result < inputs.turns -> count
    done: else -> end
  }
}
"""


def starts(server, name, inputs={}):
    """The path of a session that has ended."""
    path = server.start(server.automation(name), inputs)
    server.ended(path)
    return path

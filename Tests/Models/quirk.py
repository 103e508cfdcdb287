"""A row of the tables: what a server answers, and what must come out of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Quirk:
    name: str
    answers: list
    # What must come out: a value, or the kind of a failure and words that its message holds.
    gives: object = None
    kind: str = ""
    words: tuple = ()
    provider: str = "openai"
    result: str = ""  # The step's `result`, as a file writes it.
    settings: str = ""
    fields: str = ""
    tries: int = 0  # How many requests the server sees; 0 says nothing of it.
    waits: float = 0.0  # Seconds at least between the first request and the second.
    never: tuple = ()  # What may stand nowhere in what comes out.

    @property
    def model(self):
        return "anthropic/claude-x" if self.provider == "anthropic" else "gpt-x"


def gives(name, value, *answers, **more):
    return Quirk(name, list(answers), gives=value, **more)


def fails(name, kind, words, *answers, **more):
    """A row that ends in a failure; unless the row says otherwise each try is answered alike."""
    words = (words,) if isinstance(words, str) else words
    return Quirk(name, list(answers), kind=kind, words=words, **more)

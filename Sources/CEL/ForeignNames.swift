// Names as other tools and languages have them.

/// What other tools call what a step gives.
let foreignResults: Set<String> = [
    "output", "outputs", "response", "value", "answer", "content", "reply", "data", "text", "return", "res",
]

/// What other languages call the size of a text or list.
let foreignSizes: Set<String> = ["length", "len", "count", "size"]

/// Names of other tools that no misspelling explains, with what is here in their place.
let foreignNames = [
    "env": "a key is declared, `secret NAME`, and read as `secrets.NAME`",
    "steps": "a step is read by its name: `name.result`",
    "nodes": "a step is read by its name: `name.result`",
    "node": "a step is read by its name: `name.result`",
    "json": "a step is read by its name: `name.result`; an input as `inputs.name`",
    "needs": "a step is read by its name: `name.result`",
    "github": "an input is read as `inputs.name`, a step as `name.result`",
    "matrix": "the element of a step's `each` has the name that `each: name in list` gives it",
    "output": "what a step gives is `name.result`",
    "workflow": "an input is read as `inputs.name`, a step as `name.result`",
    "vars": "an input is read as `inputs.name`, a step as `name.result`",
    "ctx": "an input is read as `inputs.name`, a step as `name.result`",
    "context": "an input is read as `inputs.name`, a step as `name.result`",
    "item": "the element of a step's `each` has the name that `each: name in list` gives it",
    "this": "a step reads others by their names: `name.result`",
]

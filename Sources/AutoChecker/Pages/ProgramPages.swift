import Diagnostics

let programPages: [CodePage] = [
    CodePage(
        .badRegex, "a regular expression that does not compile",
        "PCRE2 compiles it when the file is checked, also where it is written out for `matches` or a function of `regex`; its error points at the place inside the pattern.",
        bad: """
            automation "Numbers"
            input text: text
            START begin -> find
            DATA_TRANSFORM find -> end { prompt_template { input: inputs.text, regex: "(\\d+", all: true } }

            """,
        good: """
            automation "Numbers"
            input text: text
            START begin -> find
            DATA_TRANSFORM find -> end { prompt_template { input: inputs.text, regex: "(\\d+)", all: true } }

            """),
    CodePage(
        .badJQ, "a jq program that does not compile",
        "jq compiles it when the file is checked; its error points at the place inside the program.",
        bad: """
            automation "Names"
            input people: json
            START begin -> names
            DATA_TRANSFORM names -> end { prompt_template { input: inputs.people, jq: 'map(.name' } }

            """,
        good: """
            automation "Names"
            input people: json
            START begin -> names
            DATA_TRANSFORM names -> end { prompt_template { input: inputs.people, jq: 'map(.name)' } }

            """),
    CodePage(
        .badSelector, "a CSS selector that cannot be read",
        "The selector is read as at run time, by Selectors 4. `a@href` takes an attribute, `p::text` texts, `[\"li\"]` all matches. A part of `:is()` that cannot be read is left out, as browsers do, with a warning.",
        bad: """
            automation "Title"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, select: "main > h1[" }
            }

            """,
        good: """
            automation "Title"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, select: "main > h1" }
            }

            """),
    CodePage(
        .badXPath, "an XPath that does not compile",
        "libxml2 compiles it when the file is checked; nothing is looked up. It is XPath 1.0, with `re:test`, `re:match`, `re:replace` and `has-class`; other functions, prefixes and variables are not known.",
        bad: """
            automation "Title"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, select: xpath("//h1[") }
            }

            """,
        good: """
            automation "Title"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, select: xpath("//h1") }
            }

            """),
    CodePage(
        .badPython, "Python code that does not compile",
        "Python's own compiler reads the code, in the box, and runs none of it: no decorator, no default, no import.",
        bad: """
            automation "Sum"
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                code: '''
                  result = sum([1, 2)
                  '''
              }
            }

            """,
        good: """
            automation "Sum"
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                code: '''
                  result = sum([1, 2])
                  '''
              }
            }

            """),
    CodePage(
        .undefinedPythonName, "a name that the Python code never defines",
        "In the code there are Python's builtins, what it imports and defines, and the dict `inputs`. Steps and inputs of the automation are not: pass them in.",
        bad: """
            automation "Sum"
            input numbers: list<int>
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(numbers)
                  '''
              }
            }

            """,
        good: """
            automation "Sum"
            input numbers: list<int>
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(inputs["numbers"])
                  '''
              }
            }

            """),
    CodePage(
        .missingPythonInput, "the Python code reads what is not passed in",
        "`inputs` in the code is a dict that holds what the step's field `inputs` names, and nothing else.",
        bad: """
            automation "Sum"
            input numbers: list<int>
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(inputs["nubmers"])
                  '''
              }
            }

            """,
        good: """
            automation "Sum"
            input numbers: list<int>
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(inputs["numbers"])
                  '''
              }
            }

            """),
    CodePage(
        .noPythonResult, "Python code that never sets `result`",
        "What the code leaves in `result` is what the step gives. What it prints goes nowhere.",
        bad: """
            automation "Sum"
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                code: '''
                  print(sum([1, 2]))
                  '''
              }
            }

            """,
        good: """
            automation "Sum"
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                code: '''
                  result = sum([1, 2])
                  '''
              }
            }

            """),
]

"""What models say where a label, a truth or a number is wanted: none is taken that was not meant."""

from fault_server import streamed
from quirk import fails, gives
from said import says

LABELS = 'one_of("bug", "billing", "spam")'
YES_NO = 'one_of("yes", "no")'
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def taken(kind, name, value, text):
    return gives(f"{kind}-{name}", value, streamed(*says(text)), result=RESULTS[kind], settings=ONCE)


def refused(kind, name, text):
    """What says nothing for certain is asked for again, and is no value in the end."""
    return fails(f"{kind}-{name}", "result", "", streamed(*says(text)), result=RESULTS[kind], settings=ONCE, tries=3)


RESULTS = {
    "label": LABELS,
    "answer": YES_NO,
    "truth": "bool",
    "whole": "int",
    "number": "number",
    "sign": 'one_of("a", "b")',
    "mood": 'one_of("positive", "negative", "neutral")',
    "state": 'one_of("open", "not open")',
}

TAKEN = [
    taken("label", name, "bug", text)
    for name, text in {
        "in-capitals": "BUG",
        "with-a-dot": "bug.",
        "in-german": "Das Label ist: bug",
        "in-french": "L'étiquette est « bug ».",
        "in-spanish": "La etiqueta es **bug**",
        "in-japanese": "ラベルは「bug」です。",
        "in-chinese": "标签：bug",
        "in-russian": "Метка: `bug`",
        "in-a-list": '["bug"]',
        "under-another-name": '{"category": "bug"}',
        "in-a-fence": "```\nbug\n```",
        "behind-reasons": "The app crashes at the start.\n\nLabel: bug",
        "in-a-box": "\\boxed{bug}",
        "in-tags": "<label>bug</label>",
        "in-curly-quotes": "“bug”",
    }.items()
] + [
    taken("answer", "with-a-reason", "no", "No, it is not."),
    taken("answer", "in-a-sentence", "yes", "The answer is yes."),
    taken("mood", "plain", "negative", "Sentiment: Negative"),
    taken("state", "longer-of-two", "not open", "It is not open."),
    taken("truth", "yes", True, "Yes"),
    taken("truth", "in-capitals", False, "FALSE"),
    taken("truth", "in-a-record", True, '{"value": true}'),
    taken("whole", "with-commas", 1234567, "1,234,567"),
    taken("whole", "in-a-sentence", 42, "The answer is 42."),
    taken("number", "negative", -3.5, "-3.5"),
    taken("number", "with-a-power", 1500.0, "1.5e3"),
]

REFUSED = [
    refused("label", name, text)
    for name, text in {
        "denied": "It is not spam.",
        "denied-shortly": "not spam",
        "denied-by-non": "non-spam",
        "denied-in-german": "Das ist kein spam.",
        "denied-in-french": "Ce n'est pas du spam.",
        "denied-in-spanish": "No es spam",
        "denied-in-japanese": "spamではありません",
        "denied-with-isn't": "This isn't spam",
        "neither": "neither bug nor billing",
        "none": "none of the labels",
        "both": "bug and billing",
        "one-or-the-other": "bug or billing",
        "with-a-slash": "bug/billing",
        "two-in-a-list": '["bug", "billing"]',
        "two-of-them-weighed": "bug: 0.6, billing: 0.4",
        "part-of-a-word": "debugging",
        "part-of-a-compound": "spam-filter",
        "unknown": "I don't know whether it is a bug.",
        "asked-back": "Is it a bug?",
        "cannot": "I cannot say that it is spam.",
        "another": "question",
        "rather-than": "billing rather than bug",
        "could-be": "It could be a bug, but the customer was billed twice, so billing.",
        "no-longer": "no longer spam",
        "anything-but": "anything but spam",
        "denied-in-a-record": '{"value": "not spam"}',
        "that-is-false": "spam: false",
        "a-false-positive": "spam (false positive)",
        "ruled-out": "I rule out spam",
    }.items()
] + [
    refused("answer", "both", "yes and no"),
    refused("answer", "no-idea", "no idea"),
    refused("answer", "not-yes", "not yes"),
    refused("sign", "an-article", "I need a moment"),
    refused("mood", "not-positive", "not positive"),
    refused("mood", "mixed", "mixed: positive and negative"),
    refused("truth", "maybe", "maybe"),
    refused("truth", "not-true", "That is not true"),
    refused("truth", "untrue", "untrue"),
    refused("truth", "both", "true or false"),
    refused("truth", "a-number", "2"),
    refused("whole", "two-numbers", "between 3 and 5"),
    refused("whole", "a-fraction", "3.7"),
    refused("whole", "a-date", "2024-05-01"),
    refused("whole", "of-how-many", "3 of 10"),
    refused("whole", "in-words", "a few"),
    refused("whole", "a-version", "1.2.3"),
    refused("whole", "a-bound", "less than 42"),
    refused("whole", "a-sign-in-words", "minus 5"),
    refused("whole", "none-of-them", "keine 42"),
    refused("number", "a-range", "10-20"),
    refused("number", "not-a-number", "NaN"),
    refused("number", "endless", "Infinity"),
    refused("number", "a-time", "12:30"),
    refused("number", "no-value", "N/A"),
]

ROWS = TAKEN + REFUSED

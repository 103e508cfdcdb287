#!/usr/bin/env python3
"""Writes the manual page of a command, in man(7), made from what the command says of itself.

    .build/release/autorun --experimental-dump-help | python3 Docs/manual.py 0.2.0 > autorun.1

`make install` calls it, so that a page never says anything else than `--help` does.
"""

import json
import re
import sys

FILES = {
    "autorun": [
        ("~/.local/state/autorun/autorun.sqlite", "The records of all sessions, where `--store` names no other file."),
        ("autorun.toml", "Settings: in the file's folder or one above it, and in `~/.config/autorun`."),
        ("~/.cache/autorun", "The local embedding model, and packages that PYTHON steps require."),
    ],
    "autocheck": [
        ("autorun.toml", "Settings: in the file's folder or one above it, and in `~/.config/autorun`."),
    ],
}
SEE_ALSO = {"autorun": "autocheck", "autocheck": "autorun"}


def escaped(text):
    """Text as roff takes it letter for letter."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def words(text):
    """A sentence, with what stands in backquotes in bold."""
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", escaped(" ".join(text.split())))


def paragraphs(text):
    """Prose is filled; lines that the help has laid out itself stay as they are."""
    for part in re.split(r"\n\s*\n", (text or "").strip("\n")):
        if not part.strip():
            continue
        lines = part.split("\n")
        laid_out = any(line.startswith("  ") or re.search(r"\S {2,}\S", line) for line in lines)
        if laid_out or all(re.search(r"\bauto(run|check) ", line) for line in lines):
            yield ".PP\n.nf\n.RS 2\n" + escaped("\n".join(line.strip() for line in lines)) + "\n.RE\n.fi"
        else:
            yield ".PP\n" + words(part)


def written(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def usage(argument):
    """An argument as it stands in the synopsis and as the head of its entry."""
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f"\\fI{escaped(value)}\\fR"
    names = ", ".join(f"\\fB{escaped(written(name))}\\fR" for name in argument["names"])
    return names if argument["kind"] == "flag" else f"{names} \\fI{escaped(value)}\\fR"


def entry(argument):
    parts = [argument.get("abstract") or ""]
    if argument.get("allValues") and argument["kind"] != "flag":
        parts.append("One of " + ", ".join(f"`{value}`" for value in argument["allValues"]) + ".")
    if argument.get("defaultValue"):
        parts.append(f"Left out: `{argument['defaultValue']}`.")
    if argument.get("discussion"):
        parts.append(argument["discussion"])
    return ".TP\n" + usage(argument) + "\n" + (words(" ".join(part for part in parts if part)) or "\\&")


def shown(command, all_names):
    """The visible arguments; --help and --version are told once, for the command as a whole."""
    for argument in command.get("arguments", []):
        names = {name["name"] for name in argument.get("names", [])}
        if argument.get("shouldDisplay", True) and (all_names or not names & {"help", "version"}):
            yield argument


def synopsis(path, command):
    parts = [f"\\fB{escaped(' '.join(path))}\\fR"]
    arguments = list(shown(command, False))
    if any(argument["kind"] != "positional" for argument in arguments):
        parts.append("[\\fIoptions\\fR]")
    for argument in arguments:
        if argument["kind"] == "positional":
            text = usage(argument) + (" ..." if argument.get("isRepeating") else "")
            parts.append(f"[{text}]" if argument.get("isOptional") else text)
    return " ".join(parts)


def children(command):
    return [
        child
        for child in command.get("subcommands", [])
        if child.get("shouldDisplay", True) and child["commandName"] != "help"
    ]


def section(path, command):
    """One subcommand, and those below it."""
    if children(command):
        for child in children(command):
            yield from section(path + [child["commandName"]], child)
        return
    yield f".SS {escaped(' '.join(path[1:]))}"
    yield synopsis(path, command)
    yield ".PP\n" + words(command.get("abstract") or "")
    yield from paragraphs(command.get("discussion"))
    yield from map(entry, shown(command, False))


def manual(command, version):
    name = command["commandName"]
    yield f'.TH {name.upper()} 1 "" "{name} {version}" "User Commands"\n.ad l\n.nh'
    yield ".SH NAME"
    yield f"{name} \\- {words(command['abstract']).rstrip('.')}"
    yield ".SH SYNOPSIS"
    if children(command):
        yield f"\\fB{name}\\fR \\fIsubcommand\\fR [\\fIoptions\\fR] ..."
    else:
        yield synopsis([name], command)
    yield ".SH DESCRIPTION"
    yield from paragraphs(command.get("discussion"))
    if children(command):
        yield ".SH SUBCOMMANDS"
        for child in children(command):
            yield from section([name, child["commandName"]], child)
    yield ".SH OPTIONS"
    yield from map(entry, shown(command, True))
    yield ".SH FILES"
    for path, meaning in FILES[name]:
        yield f".TP\n\\fI{escaped(path)}\\fR\n{words(meaning)}"
    yield f".SH SEE ALSO\n\\fB{SEE_ALSO[name]}\\fR(1)"


if __name__ == "__main__":
    print("\n".join(manual(json.load(sys.stdin)["command"], sys.argv[1])))

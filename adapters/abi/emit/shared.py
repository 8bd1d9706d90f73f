# SPDX-License-Identifier: MIT
"""What the emitters share: names in other cases, documentation in other comments, literals."""
import json
import textwrap


def words(name):
    """The words of a C name, without the prefix: zinc_region_info -> ["region", "info"]."""
    lower = name.lower()
    return (lower[len("zinc_"):] if lower.startswith("zinc_") else lower).split("_")


def pascal(name):
    """zinc_region_info -> RegionInfo."""
    return "".join(word.capitalize() for word in words(name))


def paragraphs(doc):
    """The paragraphs of a comment, each one line."""
    return [" ".join(part.split()) for part in doc.split("\n\n") if part.strip()]


def wrapped(line, width):
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


def line_comment(doc, prefix, escape=str, width=100):
    """A comment whose every line begins with `prefix`."""
    out = []
    for index, part in enumerate(paragraphs(doc)):
        out += [prefix.rstrip()] if index else []
        out += [prefix + line for line in wrapped(escape(part), width - len(prefix))]
    return out


def listed(opening, items, closing, indent="", width=100, deeper="    ", trailing=""):
    """opening item, item, ... closing: on one line where it fits, else one item a line.
    `trailing` is what the style puts behind the last item of a broken list."""
    line = f"{indent}{opening}{', '.join(items)}{closing}"
    if len(line) <= width or not items:
        return [line]
    rows = [f"{indent}{deeper}{item}," for item in items]
    rows[-1] = rows[-1][:-1] + trailing
    return [indent + opening, *rows, indent + closing]


def text(value):
    """A literal of double quotes that C#, Java, JavaScript, Go and Rust read alike."""
    return json.dumps(value, ensure_ascii=False)


def joined_text(value, end, indent, width=100, deeper=""):
    """A literal that is joined from lines with + where it is long; `deeper` indents all but the
    first line."""
    if len(indent) + len(text(value)) + len(end) <= width:
        return [f"{indent}{text(value)}{end}"]
    out, row = [], ""
    for word in value.split(" "):
        if len(indent) + len(text(row + word)) + 4 > width:
            out.append(row)
            row = ""
        row += word + " "
    out.append(row.rstrip())
    return [f"{indent}{deeper if at else ''}{text(part)}{end if part is out[-1] else ' +'}"
            for at, part in enumerate(out)]


def value_type(row):
    """Whether the values of an enum are signed."""
    return "int32_t" if any(value["value"] < 0 for value in row["values"]) else "uint32_t"


def kinds(abi):
    """The kinds of error, in the order in which the table names them first."""
    return list(dict.fromkeys(row["kind"] for row in abi["errors"]))

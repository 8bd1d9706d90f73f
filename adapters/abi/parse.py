# SPDX-License-Identifier: MIT
"""Reads the public C headers into one dictionary, from which the tables of all languages are made.

The preprocessor is the C compiler's, the grammar pycparser's, and documentation comes from the
header text beside each declaration. The headers keep a small grammar so that every language can
say what they say: fixed-width integers, size_t, pointers, opaque handles, plain structs without
hidden padding, callbacks, enums of constants. Anything else is refused by file and line.

Sizes and offsets are computed here for 64-bit pointers, and judged by the C compiler through the
emitted adapters/abi/probe.c.
"""
import pathlib
import re
import subprocess

from pycparser import c_ast, c_parser

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# name: (size, alignment) where pointers have 64 bits, and on i386, whose 64-bit integers are
# aligned to 4 inside structs.
INTEGERS = {
    "char": (1, 1), "uint8_t": (1, 1), "int32_t": (4, 4), "uint32_t": (4, 4), "int64_t": (8, 8),
    "uint64_t": (8, 8), "size_t": (8, 8),
}
POINTER = (8, 8)
INTEGERS_I386 = {**INTEGERS, "int64_t": (8, 4), "uint64_t": (8, 4), "size_t": (4, 4)}
POINTER_I386 = (4, 4)


class Refused(Exception):
    """A declaration outside the grammar; the text begins with file:line."""


def refuse(where, what, instead):
    raise Refused(f"{where}: {what}; {instead}")


# ---- The header text: comments by position ------------------------------------------------------


def plain(comment):
    """The words of a block comment: without its marks, lines and paragraphs as written."""
    lines = comment[2:-2].split("\n")
    return "\n".join([lines[0].strip(), *(re.sub(r"^\s*\* ?", "", line).rstrip()
                                          for line in lines[1:])]).strip()


class Header:
    """One header's text, and the same text with comments blanked out, position for position."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
        self.comments = [(found.start(), found.end())
                         for found in re.finditer(r"/\*.*?\*/", self.text, re.S)]
        blank = list(self.text)
        for start, end in self.comments:
            for at in range(start, end):
                if blank[at] != "\n":
                    blank[at] = " "
        self.code = "".join(blank)
        # Directives are not code either, but keep their lines.
        self.code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*",
                           lambda found: re.sub(r"[^\n]", "\x00", found.group()), self.code,
                           flags=re.M)
        self.lines = [0]
        for found in re.finditer("\n", self.text):
            self.lines.append(found.end())

    def shown(self):
        try:
            return str(self.path.relative_to(ROOT))
        except ValueError:
            return str(self.path)

    def where(self, line):
        return f"{self.shown()}:{line}"

    def find(self, name, line):
        """The position of this name on this line."""
        start = self.lines[line - 1]
        found = re.compile(rf"\b{re.escape(name)}\b").search(self.code, start,
                                                              self.code.index("\n", start))
        if not found:
            refuse(self.where(line), f"{name} is not written where it is declared",
                   "write the name out, without macros")
        return found.start()

    def file_doc(self):
        """The first comment behind the SPDX line."""
        for start, end in self.comments:
            text = plain(self.text[start:end])
            if not text.startswith("SPDX-"):
                return text
        return ""

    def doc_above(self, at):
        """The comment that stands directly above the declaration around this position."""
        before = max(self.code.rfind(mark, 0, at) for mark in ";{}\x00")
        start = before + 1 + len(self.code[before + 1:at]) - len(self.code[before + 1:at].lstrip())
        for opened, closed in reversed(self.comments):
            # On the line of the mark it is a trailing comment of what the mark ends.
            if closed <= start and opened > before:
                gap, lead = self.text[closed:start], self.text[before + 1:opened]
                if gap.count("\n") <= 1 and not gap.strip() and ("\n" in lead or before < 0):
                    return plain(self.text[opened:closed])
                return ""
        return ""

    def doc_of_member(self, at):
        """The comment behind a field or enumerator on the line where it ends, or above it."""
        ends = [place for place in (self.code.find(mark, at) for mark in ",;}") if place >= 0]
        end = min(ends)
        for opened, closed in self.comments:
            if opened < at:
                continue
            if self.code[end] == "}":
                gap = self.code[at:opened]
                if closed <= end and "\n" not in gap:
                    return plain(self.text[opened:closed])
            elif opened > end and not self.code[end + 1:opened].strip(" \t"):
                return plain(self.text[opened:closed])
            break
        before = max(self.code.rfind(mark, 0, at) for mark in ",;{")
        for opened, closed in reversed(self.comments):
            if closed <= at and opened > before and "\n" in self.text[before:opened]:
                if self.text[closed:at].count("\n") <= 1:
                    return plain(self.text[opened:closed])
        return ""


def joined(doc):
    """A comment behind a member as one line of words."""
    return " ".join(doc.split())


# ---- Layouts ------------------------------------------------------------------------------------


def measure(kind, integers=None, pointer=POINTER, structs=None):
    """(size, alignment) of a type."""
    integers = integers or INTEGERS
    if kind["kind"] == "int":
        return integers[kind["name"]]
    if kind["kind"] in ("pointer", "handle", "callback"):
        return pointer
    if kind["kind"] == "array":
        size, align = measure(kind["of"], integers, pointer, structs)
        return size * kind["count"], align
    if kind["kind"] == "struct":
        return structs[kind["name"]]
    raise ValueError(f"{kind['kind']} has no size")


def layout(fields, integers=None, pointer=POINTER, structs=None):
    """[(offset, size)] of the fields, size, alignment, and the bytes of padding before each field
    and at the end."""
    at, align, places, holes = 0, 1, [], []
    for field in fields:
        size, needs = measure(field["type"], integers, pointer, structs)
        align = max(align, needs)
        hole = -at % needs
        holes.append(hole)
        at += hole
        places.append((at, size))
        at += size
    holes.append(-at % align)
    return places, at + holes[-1], align, holes


def word_sized(kind):
    """Whether the size of a type is another where pointers have 32 bits."""
    if kind["kind"] == "array":
        return word_sized(kind["of"])
    return kind["kind"] in ("pointer", "handle", "callback") or kind.get("name") == "size_t"


# ---- The preprocessor ---------------------------------------------------------------------------


def preprocess(include, umbrella, compiler):
    """The text behind the preprocessor with its line marks, and the macros in force, each as
    (name, arguments or None, value, file, line)."""
    command = [compiler, "-E", "-dD", "-nostdinc", "-undef", "-x", "c", "-DZINC_STATIC",
               "-I", HERE / "fake", "-I", include, include / umbrella]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    out, macros, file, line = [], [], "", 0
    for row in done.stdout.split("\n"):
        mark = re.fullmatch(r'# (\d+) "([^"]*)".*', row)
        if mark:
            file, line = mark.group(2), int(mark.group(1)) - 1
        else:
            line += 1
        define = re.fullmatch(r"#define (\w+)(\([^)]*\))?(?: (.*))?", row)
        if define:
            macros.append((define.group(1), define.group(2), define.group(3) or "", file, line))
        out.append("" if row.startswith("#") and not mark else row)
    return "\n".join(out), macros


# ---- The reader ---------------------------------------------------------------------------------


class Reader:
    def __init__(self, include, umbrella="zinc.h", compiler="cc"):
        self.include = pathlib.Path(include).resolve()
        self.headers = {}
        self.names = {}  # of typedefs: "int", "handle", "struct", "callback"
        self.layouts, self.layouts_i386 = {}, {}
        self.abi = {"handles": [], "enums": [], "structs": [], "callbacks": [], "functions": [],
                    "constants": [], "headers": []}
        text, macros = preprocess(self.include, umbrella, compiler)
        self.constants(macros)
        try:
            tree = c_parser.CParser().parse(text, umbrella)
        except (c_parser.ParseError, AssertionError) as error:
            raise Refused(f"{error}: not the C of the public headers") from None
        for node in tree.ext:
            header, line = self.place(node)
            if header is not None:
                self.declaration(node, header, line)
        for header in self.headers.values():
            self.abi["headers"].append({"name": self.short(header), "doc": header.file_doc()})

    def short(self, header):
        """region.h, as the schema names headers."""
        return header.path.name

    def header(self, file):
        path = pathlib.Path(file).resolve()
        if self.include not in path.parents:
            return None
        if path not in self.headers:
            self.headers[path] = Header(path)
        return self.headers[path]

    def place(self, node):
        coord = node.coord
        if coord is None and isinstance(node, c_ast.Typedef):
            coord = node.type.coord
        return self.header(coord.file), coord.line

    # ---- Macros ----

    def constants(self, macros):
        for name, arguments, value, file, line in macros:
            header = self.header(file) if file and not file.startswith("<") else None
            if header is None:
                continue
            where = header.where(line)
            if arguments is not None:
                refuse(where, f"{name} is a macro with arguments",
                       "other languages cannot call it: write a function")
            if value == "" or name == "ZINC_API":
                continue
            number = re.fullmatch(r"(-?(?:0[xX][0-9a-fA-F]+|\d+))[uUlL]*", value)
            text = re.fullmatch(r'"([^"\\]*)"', value)
            limits = {"INT64_MAX": 2**63 - 1, "UINT64_MAX": 2**64 - 1, "INT32_MAX": 2**31 - 1,
                      "UINT32_MAX": 2**32 - 1}
            if text:
                row = {"name": name, "type": "text", "value": text.group(1)}
            elif number or value in limits:
                what = int(number.group(1), 0) if number else limits[value]
                kind = next((kind for kind, low, high in
                             (("int32_t", -2**31, 2**31 - 1), ("uint32_t", 0, 2**32 - 1),
                              ("int64_t", -2**63, 2**63 - 1), ("uint64_t", 0, 2**64 - 1))
                             if low <= what <= high), None)
                if kind is None:
                    refuse(where, f"{name} does not fit 64 bits", "use a smaller number")
                row = {"name": name, "type": kind, "value": what}
            else:
                refuse(where, f"{name} is neither a number nor a text: {value}",
                       "write the value out, or an enum")
            row["header"] = self.short(header)
            self.abi["constants"].append(row)

    # ---- Declarations ----

    def declaration(self, node, header, line):
        where = header.where(line)
        if isinstance(node, c_ast.FuncDef):
            refuse(where, "a function with a body", "headers declare; write it in core/src")
        if isinstance(node, c_ast.Typedef):
            self.typedef(node, header, line)
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            self.function(node, header, line)
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Enum):
            self.enum(node.type, header)
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Struct):
            refuse(where, "a struct without a typedef",
                   "write typedef struct zinc_name { ... } zinc_name;")
        elif isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Union):
            refuse(where, "a union", "not every language has one: use fields beside each other")
        else:
            refuse(where, "a variable or something else that is no declaration of the grammar",
                   "write a function that answers it")

    def typedef(self, node, header, line):
        where = header.where(line)
        kind = node.type
        if isinstance(kind, c_ast.PtrDecl) and isinstance(kind.type, c_ast.FuncDecl):
            self.named(where, node.name, "callback")
            self.abi["callbacks"].append({
                "name": node.name, "header": self.short(header),
                "doc": header.doc_above(header.find(node.name, line)),
                **self.signature(kind.type, where, node.name)})
            return
        if not isinstance(kind, c_ast.TypeDecl) or not isinstance(kind.type, c_ast.Struct):
            refuse(where, f"{node.name} is another name for a type",
                   "use the type itself, an opaque struct or a struct")
        struct = kind.type
        if struct.name != node.name:
            refuse(where, f"struct {struct.name or '(unnamed)'} is called {node.name}",
                   "give both the same name")
        at = header.find(node.name, struct.coord.line)
        if struct.decls is None:
            self.named(where, node.name, "handle")
            self.abi["handles"].append({"name": node.name, "header": self.short(header),
                                        "doc": header.doc_above(at)})
            return
        self.struct(struct, header, at)

    def named(self, where, name, kind):
        if name in self.names:
            refuse(where, f"{name} is declared twice", "keep one")
        if not re.fullmatch(r"zinc_[a-z0-9_]+", name):
            refuse(where, f"{name} is not of the form zinc_lower_case", "rename it")
        self.names[name] = kind

    def struct(self, struct, header, at):
        where = header.where(struct.coord.line)
        name = struct.name
        fields = []
        for field in struct.decls:
            line = field.coord.line if field.coord else struct.coord.line
            here = header.where(line)
            if not isinstance(field, c_ast.Decl) or not field.name:
                refuse(here, "a field without a name", "name it")
            if field.bitsize is not None:
                refuse(here, f"{field.name} is a bit field", "use flags in a uint32_t")
            place = header.find(field.name, line)
            end = re.compile(r"[,;]").search(header.code, place)
            if end.group() == ",":
                refuse(here, "two fields in one declaration", "write one a line")
            kind = self.type(field.type, here)
            if kind["kind"] in ("void",):
                refuse(here, f"{field.name} has no type", "use void *")
            fields.append({"name": field.name, "type": kind, "offset": 0, "size": 0,
                           "doc": joined(header.doc_of_member(place))})
        if not fields:
            refuse(where, f"{name} is empty", "make it an opaque handle")
        places, size, align, holes = layout(fields, structs=self.layouts)
        for field, (offset, field_size) in zip(fields, places):
            field["offset"], field["size"] = offset, field_size
        for index, hole in enumerate(holes):
            if hole:
                before = fields[index]["name"] if index < len(fields) else "the end"
                refuse(where, f"{name} has {hole} bytes of hidden padding before {before}",
                       "order the fields, or add a reserved one")
        narrow = layout(fields, INTEGERS_I386, POINTER_I386, self.layouts_i386)
        wide = any(self.varies(field["type"]) for field in fields)
        if not wide and (narrow[0] != places or narrow[1] != size):
            refuse(where, f"{name} has another layout where 64-bit integers are aligned to 4",
                   "order the fields, or add a reserved one")
        self.named(where, name, "struct")
        self.layouts[name], self.layouts_i386[name] = (size, align), (narrow[1], narrow[2])
        self.abi["structs"].append({
            "name": name, "header": self.short(header), "doc": header.doc_above(at), "size": size,
            "align": align, "word_sized": wide, "fields": fields})

    def varies(self, kind):
        if kind["kind"] == "array":
            return self.varies(kind["of"])
        if kind["kind"] == "struct":
            return next(row["word_sized"] for row in self.abi["structs"]
                        if row["name"] == kind["name"])
        return word_sized(kind)

    def enum(self, enum, header):
        where = header.where(enum.coord.line)
        if not enum.name or enum.values is None:
            refuse(where, "an enum without name or values", "name it: enum zinc_noun { ... };")
        self.named(where, enum.name, "enum")
        values = []
        for value in enum.values.enumerators:
            here = header.where(value.coord.line)
            if value.value is None:
                refuse(here, f"{value.name} has no value of its own",
                       "write it: numbers are part of the ABI")
            number = self.number(value.value, here)
            if not -2**31 <= number < 2**31:
                refuse(here, f"{value.name} does not fit an int", "use a #define")
            doc = joined(header.doc_of_member(header.find(value.name, value.coord.line)))
            values.append({"name": value.name, "value": number, "doc": doc})
        at = header.find(enum.name, enum.coord.line)
        self.abi["enums"].append({"name": enum.name, "header": self.short(header),
                                  "doc": header.doc_above(at), "values": values})

    def number(self, node, where):
        if isinstance(node, c_ast.UnaryOp) and node.op == "-":
            return -self.number(node.expr, where)
        if isinstance(node, c_ast.Constant) and re.fullmatch(r"0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*",
                                                             node.value):
            return int(node.value.rstrip("uUlL"), 0)
        return refuse(where, "a computed value", "write the number")

    def function(self, node, header, line):
        where = header.where(line)
        if not re.fullmatch(r"zinc_[a-z0-9_]+", node.name):
            refuse(where, f"{node.name} is not of the form zinc_noun_verb", "rename it")
        if node.storage:
            refuse(where, f"{node.name} is {' '.join(node.storage)}", "write ZINC_API alone")
        if any(row["name"] == node.name for row in self.abi["functions"]):
            refuse(where, f"{node.name} is declared twice", "keep one")
        at = header.find(node.name, line)
        before = max(header.code.rfind(mark, 0, at) for mark in ";{}\x00")
        if "ZINC_API" not in header.code[before + 1:at]:
            refuse(where, f"{node.name} is declared without ZINC_API", "write it in front")
        doc = header.doc_above(at)
        since = re.search(r"\bSince (\d+\.\d+)", joined(doc))
        if not since:
            refuse(where, f"{node.name} has no comment that says \"Since 0.1\"",
                   "say what it does, its errors, its threads, and since when")
        self.abi["functions"].append({
            "name": node.name, "header": self.short(header), "doc": doc, "since": since.group(1),
            **self.signature(node.type, where, node.name)})

    def signature(self, node, where, name):
        parameters = []
        for parameter in node.args.params if node.args else []:
            if isinstance(parameter, c_ast.EllipsisParam):
                refuse(where, f"{name} takes any number of arguments",
                       "most languages cannot call it: take a fixed number")
            kind = self.type(parameter.type, where)
            if kind["kind"] == "void" and len(node.args.params) == 1 and not parameter.name:
                break
            if not parameter.name:
                refuse(where, f"a parameter of {name} has no name", "name it")
            if kind["kind"] in ("void", "struct", "array"):
                refuse(where, f"{parameter.name} of {name} is passed as {kind['kind']}",
                       "pass a pointer")
            parameters.append({"name": parameter.name, "type": kind})
        if node.args is None:
            refuse(where, f"{name}() says nothing of its arguments", "write (void)")
        answers = self.type(node.type, where)
        if answers["kind"] in ("struct", "array", "callback"):
            refuse(where, f"{name} returns {answers['kind']}", "take an out-parameter")
        return {"returns": answers, "parameters": parameters}

    def type(self, node, where):
        if isinstance(node, c_ast.ArrayDecl):
            if node.dim is None:
                refuse(where, "an array without a length", "state it, or use a pointer")
            return {"kind": "array", "of": self.type(node.type, where),
                    "count": self.number(node.dim, where)}
        if isinstance(node, c_ast.PtrDecl):
            if node.quals:
                refuse(where, f"a pointer that is {' '.join(node.quals)} itself",
                       "qualify what it points to")
            return self.pointer(node.type, where)
        if not isinstance(node, c_ast.TypeDecl):
            refuse(where, "a function type", "use a callback's typedef")
        if node.quals:
            refuse(where, f"a {' '.join(node.quals)} value", "qualify what a pointer points to")
        return self.plain_type(node, where)

    def plain_type(self, node, where):
        if isinstance(node.type, c_ast.Enum):
            refuse(where, f"enum {node.type.name} as a type",
                   "its size is the compiler's choice: use uint32_t or int32_t and name the enum "
                   "in the comment")
        if not isinstance(node.type, c_ast.IdentifierType):
            refuse(where, "a struct or union without typedef", "use the typedef")
        name = " ".join(node.type.names)
        if name == "void":
            return {"kind": "void"}
        if name in INTEGERS:
            return {"kind": "int", "name": name}
        if name in self.names and self.names[name] != "enum":
            return {"kind": self.names[name], "name": name}
        return refuse(where, f"the type {name}",
                      f"use one of {', '.join(INTEGERS)}, a handle, a struct or a callback")

    def pointer(self, node, where):
        """The type of a pointer to what this node declares. A pointer to an opaque struct is the
        handle itself."""
        if isinstance(node, c_ast.PtrDecl):
            return {"kind": "pointer", "to": self.type(node, where), "const": False}
        if isinstance(node, c_ast.FuncDecl):
            refuse(where, "a function pointer written out", "give it a typedef")
        if not isinstance(node, c_ast.TypeDecl):
            refuse(where, "a pointer to an array", "point to the first element")
        if set(node.quals) - {"const"}:
            refuse(where, f"a pointer to {' '.join(node.quals)}", "use const or nothing")
        to = self.plain_type(node, where)
        const = "const" in node.quals
        if to["kind"] == "handle":
            if const:
                refuse(where, f"a const {to['name']} *", "handles are never const")
            return to
        if to["kind"] == "callback":
            refuse(where, f"a pointer to {to['name']}", "a callback is a pointer already")
        return {"kind": "pointer", "to": to, "const": const}


def read(include=ROOT / "core" / "include", umbrella="zinc.h", compiler="cc"):
    """The declaration without its errors table."""
    found = Reader(include, umbrella, compiler).abi
    values = {row["name"]: row["value"] for row in found["constants"]}
    return {"release": values.get("ZINC_VERSION_TEXT", ""), "abi": values.get("ZINC_ABI", 0),
            "layout": values.get("ZINC_LAYOUT", 0),
            **{name: found[name] for name in ("handles", "constants", "enums", "structs",
                                              "callbacks", "functions", "headers")}}

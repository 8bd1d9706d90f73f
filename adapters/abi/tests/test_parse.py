# SPDX-License-Identifier: MIT
"""What the reader makes of headers, and what it refuses, by file and line."""
import re

import pytest

import parse
from conftest import ROOT

NUMBER = {"kind": "int", "name": "uint32_t"}


def test_a_function(read):
    abi = read("""
typedef struct zinc_box zinc_box;

/* Open the box of this name.
 * Any thread. Since 0.1 */
ZINC_API int32_t zinc_box_open(const char *name, size_t size, zinc_box **out);
""")
    assert abi["handles"] == [{"name": "zinc_box", "header": "noun.h", "doc": ""}]
    assert abi["functions"] == [{
        "name": "zinc_box_open", "header": "noun.h",
        "doc": "Open the box of this name.\nAny thread. Since 0.1", "since": "0.1",
        "returns": {"kind": "int", "name": "int32_t"},
        "parameters": [
            {"name": "name", "type": {"kind": "pointer", "const": True,
                                      "to": {"kind": "int", "name": "char"}}},
            {"name": "size", "type": {"kind": "int", "name": "size_t"}},
            {"name": "out", "type": {"kind": "pointer", "const": False,
                                     "to": {"kind": "handle", "name": "zinc_box"}}}]}]


def test_nothing_taken_and_nothing_answered(read):
    abi = read("/* Do it. Since 0.1 */\nZINC_API void zinc_do(void);\n")
    assert abi["functions"][0]["returns"] == {"kind": "void"}
    assert abi["functions"][0]["parameters"] == []


def test_pointers_of_every_kind(read):
    abi = read("""
/* Do it. Since 0.12 */
ZINC_API const char *zinc_do(void *a, const void *b, uint8_t **c, const uint32_t *d, void **e);
""")
    row = abi["functions"][0]
    assert row["since"] == "0.12"
    assert row["returns"] == {"kind": "pointer", "const": True, "to": {"kind": "int",
                                                                       "name": "char"}}
    kinds = [one["type"] for one in row["parameters"]]
    assert [kind["const"] for kind in kinds] == [False, True, False, True, False]
    assert kinds[0]["to"] == kinds[1]["to"] == {"kind": "void"}
    assert kinds[2]["to"] == {"kind": "pointer", "const": False,
                              "to": {"kind": "int", "name": "uint8_t"}}
    assert kinds[3]["to"] == NUMBER
    assert kinds[4]["to"]["to"] == {"kind": "void"}


def test_a_callback(read):
    abi = read("""
/* Told of each. */
typedef void (*zinc_box_told)(void *context, uint32_t kind);

/* Do it. Since 0.1 */
ZINC_API void zinc_do(zinc_box_told told, void *context);
""")
    assert abi["callbacks"] == [{
        "name": "zinc_box_told", "header": "noun.h", "doc": "Told of each.",
        "returns": {"kind": "void"},
        "parameters": [{"name": "context", "type": {"kind": "pointer", "to": {"kind": "void"},
                                                    "const": False}},
                       {"name": "kind", "type": NUMBER}]}]
    assert abi["functions"][0]["parameters"][0]["type"] == {"kind": "callback",
                                                            "name": "zinc_box_told"}


def test_constants(read):
    abi = read("""#define ZINC_TEN 10
#define ZINC_BIG 0xffffffffu
#define ZINC_LESS -7
#define ZINC_EVER INT64_MAX
#define ZINC_ALL UINT64_MAX
#define ZINC_WORD "word"
#undef ZINC_TEN
#define ZINC_TEN 11
""")
    rows = {row["name"]: (row["type"], row["value"]) for row in abi["constants"]}
    assert rows == {
        "ZINC_TEN": ("int32_t", 11), "ZINC_BIG": ("uint32_t", 0xffffffff),
        "ZINC_LESS": ("int32_t", -7), "ZINC_EVER": ("int64_t", 2**63 - 1),
        "ZINC_ALL": ("uint64_t", 2**64 - 1), "ZINC_WORD": ("text", "word")}


def test_comments_belong_to_what_they_stand_at(read):
    abi = read("""
/* ---- A ruler ---- */

/* Not this one, which stands apart. */

/* The kinds. */
enum zinc_kind {
    ZINC_KIND_A = 1, /* first */
    ZINC_KIND_LONG =
        2, /* second,
              on two lines */
    /* third, from above */
    ZINC_KIND_B = 4,
    ZINC_KIND_C = 8,
    ZINC_KIND_D = -1 /* last */
};

/* A box.
 *
 * With a second paragraph. */
typedef struct zinc_box {
    uint32_t size;   /* of the box */
    uint32_t flags;
    char name[8];    /* ends with NUL */
} zinc_box;

/* Do it. Since 0.1 */
ZINC_API void zinc_do(uint32_t kind /* a kind */);
""")
    enum = abi["enums"][0]
    assert enum["doc"] == "The kinds."
    assert [(value["value"], value["doc"]) for value in enum["values"]] == [
        (1, "first"), (2, "second, on two lines"), (4, "third, from above"), (8, ""), (-1, "last")]
    struct = abi["structs"][0]
    assert struct["doc"] == "A box.\n\nWith a second paragraph."
    assert [field["doc"] for field in struct["fields"]] == ["of the box", "", "ends with NUL"]
    assert abi["functions"][0]["doc"] == "Do it. Since 0.1"
    assert abi["headers"][-1]["doc"] == "Zinc: a header of a test."


def test_a_comment_that_trails_does_not_belong_to_the_next(read):
    abi = read("""
typedef struct zinc_box zinc_box; /* the box */
enum zinc_kind { ZINC_KIND_A = 1 };
""")
    assert abi["enums"][0]["doc"] == ""


def test_a_name_on_a_line_of_its_own(read):
    abi = read("""
/* Do it.
 * Since 0.1 */
ZINC_API const char *
zinc_do(const char *name,
        uint32_t count);""")
    row = abi["functions"][0]
    assert row["doc"] == "Do it.\nSince 0.1"
    assert [one["name"] for one in row["parameters"]] == ["name", "count"]


def test_branches_that_are_not_taken(read):
    abi = read("""
#if defined(_WIN32)
ZINC_API long zinc_other(long a);
#define ZINC_TEN (5 + 5)
#else
#define ZINC_TEN 10
#endif
#ifdef __cplusplus
extern "C" {
#endif
""")
    assert abi["functions"] == []
    assert [row["value"] for row in abi["constants"]] == [10]


def test_signs_of_comments_inside_other_comments(read):
    abi = read("""
/* Not /* nested, and not "a text". Since 0.1 */
ZINC_API void zinc_do(void); /* trailing; with { marks } */

/* Do that; { it } has marks, too. Since 0.1 */
ZINC_API void zinc_do_that(void);
""")
    assert [row["doc"] for row in abi["functions"]] == [
        'Not /* nested, and not "a text". Since 0.1',
        "Do that; { it } has marks, too. Since 0.1"]


DOC = "/* Do it. Since 0.1 */\n"
REFUSED = {
    "another integer": (6, DOC + "ZINC_API int zinc_do(void);", "the type int"),
    "a long": (7, "\n" + DOC + "ZINC_API void zinc_do(unsigned long a);", "unsigned long"),
    "a float": (6, DOC + "ZINC_API double zinc_do(void);", "the type double"),
    "an enum by value": (7, "enum zinc_kind { ZINC_A = 1 };\n" + DOC
                         + "ZINC_API void zinc_do(enum zinc_kind kind);", "enum zinc_kind as a"),
    "a struct by value": (7, "typedef struct zinc_box { uint32_t a; } zinc_box;\n" + DOC
                          + "ZINC_API void zinc_do(zinc_box box);", "passed as struct"),
    "a struct returned": (7, "typedef struct zinc_box { uint32_t a; } zinc_box;\n" + DOC
                          + "ZINC_API zinc_box zinc_do(void);", "returns struct"),
    "an unnamed parameter": (6, DOC + "ZINC_API void zinc_do(uint32_t);", "no name"),
    "any number of arguments": (6, DOC + "ZINC_API void zinc_do(uint32_t a, ...);",
                                "any number of arguments"),
    "no word on arguments": (6, DOC + "ZINC_API void zinc_do();", "says nothing of its arguments"),
    "no comment": (5, "ZINC_API void zinc_do(void);", "no comment"),
    "no release": (6, "/* Do it. */\nZINC_API void zinc_do(void);", "no comment that says"),
    "another kind of comment": (6, "// Do it. Since 0.1\nZINC_API void zinc_do(void);",
                                "no comment"),
    "a comment apart": (7, DOC + "\nZINC_API void zinc_do(void);", "no comment"),
    "no ZINC_API": (6, DOC + "void zinc_do(void);", "without ZINC_API"),
    "another name": (6, DOC + "ZINC_API void do_it(void);", "not of the form"),
    "a function twice": (8, 2 * (DOC + "ZINC_API void zinc_do(void);\n"), "twice"),
    "a body": (6, DOC + "static inline void zinc_do(void) {}", "a body"),
    "a variable": (5, "extern uint32_t zinc_count;", "a variable"),
    "a union": (5, "union zinc_either { uint32_t a; int32_t b; };", "a union"),
    "a struct without typedef": (5, "struct zinc_box { uint32_t a; };", "without a typedef"),
    "two names of a struct": (5, "typedef struct box { uint32_t a; } zinc_box;", "is called"),
    "a nameless struct": (5, "typedef struct { uint32_t a; } zinc_box;", "is called"),
    "a name for a type": (5, "typedef uint32_t zinc_word;", "another name for a type"),
    "a struct within": (6, "typedef struct zinc_box {\n    struct { uint32_t a; } b;\n} zinc_box;",
                        "without typedef"),
    "a bit field": (6, "typedef struct zinc_box {\n    uint32_t a : 3;\n} zinc_box;", "bit field"),
    "two fields a line": (6, "typedef struct zinc_box {\n    uint32_t a, b;\n} zinc_box;",
                          "two fields"),
    "an open array": (7, "typedef struct zinc_box {\n    uint32_t a;\n    uint32_t b[];\n}"
                      " zinc_box;", "without a length"),
    "hidden padding": (5, "typedef struct zinc_box {\n    uint32_t a;\n    uint64_t b;\n}"
                       " zinc_box;", "4 bytes of hidden padding before b"),
    "padding at the end": (5, "typedef struct zinc_box {\n    uint64_t a;\n    uint8_t b;\n}"
                           " zinc_box;", "7 bytes of hidden padding before the end"),
    "an enum without values": (6, "enum zinc_kind {\n    ZINC_A\n};", "no value of its own"),
    "a computed value": (6, "enum zinc_kind {\n    ZINC_A = 1 << 3\n};", "computed"),
    "a value above an int": (6, "enum zinc_kind {\n    ZINC_A = 0x80000000\n};", "fit an int"),
    "a nameless enum": (5, "enum { ZINC_A = 1 };", "without name"),
    "a macro with arguments": (5, "#define ZINC_TWICE(a) ((a) * 2)", "with arguments"),
    "a macro that computes": (6, "\n#define ZINC_SIZE (1 << 20)", "neither a number nor a text"),
    "a macro above 64 bits": (5, "#define ZINC_SIZE 0x10000000000000000", "64 bits"),
    "a const handle": (7, "typedef struct zinc_box zinc_box;\n" + DOC
                       + "ZINC_API void zinc_do(const zinc_box *box);", "const zinc_box"),
    "a volatile pointer": (6, DOC + "ZINC_API void zinc_do(volatile uint8_t *a);", "volatile"),
    "a const value": (6, DOC + "ZINC_API void zinc_do(const uint32_t a);", "const value"),
    "a function pointer written out": (6, DOC + "ZINC_API void zinc_do(void (*f)(void));",
                                       "function pointer"),
    "a name from a macro": (5, "#define NAME zinc_do\n" + "ZINC_API void NAME(void);",
                            "neither a number nor a text"),
}


@pytest.mark.parametrize("title", REFUSED)
def test_refused(read, title):
    line, text, words = REFUSED[title]
    with pytest.raises(parse.Refused, match=re.escape(words)) as refused:
        read(text + "\n")
    said = str(refused.value)
    assert re.search(rf"zinc/noun\.h:{line}: ", said), said
    assert ";" in said, "says what to write instead"


def test_what_is_no_c_is_refused_with_its_place(read):
    with pytest.raises(parse.Refused, match=r"noun\.h:6"):
        read("\ntypedef struct zinc_box { uint32_t a } zinc_box;\n")


def test_what_the_preprocessor_refuses(read):
    with pytest.raises(parse.Refused, match="nowhere.h"):
        read("#include <zinc/nowhere.h>\n")


def test_headers_of_the_system_are_not_read(read):
    with pytest.raises(parse.Refused, match="stdio.h"):
        read("#include <stdio.h>\n")


# ---- The headers of the core --------------------------------------------------------------------


def test_every_declared_function_is_there(abi):
    names = set()
    for header in sorted((ROOT / "core/include/zinc").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        names.update(re.findall(r"^ZINC_API [^;(]*?(\w+)\(", text, flags=re.M))
    assert {row["name"] for row in abi["functions"]} == names
    assert {"zinc_create", "zinc_open", "zinc_ptr", "zinc_capacity", "zinc_close", "zinc_notify",
            "zinc_wait", "zinc_version"} < names


def test_facts_that_programs_rely_on(abi):
    structs = {row["name"]: row for row in abi["structs"]}
    info = {field["name"]: field["offset"] for field in structs["zinc_info"]["fields"]}
    assert (structs["zinc_info"]["size"], info["capacity"], info["created_ns"]) == (392, 272, 320)
    assert structs["zinc_error"]["size"] == 512
    assert structs["zinc_region_options"]["size"] == 56
    assert [row["name"] for row in abi["structs"] if row["word_sized"]] == ["zinc_region_options"]
    errors = {row["name"]: row for row in abi["errors"]}
    assert errors["ZINC_E_TIMEDOUT"]["status"] == -110
    assert errors["ZINC_E_TIMEDOUT"]["kind"] == "timeout"
    assert {row["name"] for row in abi["handles"]} == {"zinc_region", "zinc_cancel", "zinc_events",
                                                       "zinc_list"}
    assert abi["release"] == "0.1.0" and abi["abi"] == 1 and abi["layout"] == 1

# SPDX-License-Identifier: MIT
"""Sizes and offsets against the C compiler, and that the probe would notice a wrong one."""
import copy
import random
import subprocess

import pytest

import parse
import probe
from conftest import ROOT


def field(name, kind, count=None):
    kind = {"kind": "int", "name": kind} if isinstance(kind, str) else kind
    if count:
        kind = {"kind": "array", "of": kind, "count": count}
    return {"name": name, "type": kind}


POINTER = {"kind": "pointer", "to": {"kind": "void"}, "const": False}


def test_offsets_follow_alignment():
    places, size, align, holes = parse.layout(
        [field("a", "uint8_t"), field("b", "uint64_t"), field("c", "char", 3),
         field("d", "uint32_t"), field("e", POINTER), field("f", "uint8_t")])
    assert places == [(0, 1), (8, 8), (16, 3), (20, 4), (24, 8), (32, 1)]
    assert (size, align) == (40, 8)
    assert holes == [0, 7, 0, 1, 0, 0, 7]


def test_offsets_where_words_have_32_bits():
    places, size, align, _ = parse.layout(
        [field("a", "uint32_t"), field("b", "uint64_t"), field("c", POINTER), field("d", "size_t")],
        parse.INTEGERS_I386, parse.POINTER_I386)
    assert places == [(0, 4), (4, 8), (12, 4), (16, 4)]
    assert (size, align) == (20, 4)


def test_a_layout_that_depends_on_the_alignment_of_64_bits_is_refused(read):
    # 8 + 4 bytes end at 12: padded to 16 on x86-64, not on i386.
    with pytest.raises(parse.Refused, match="hidden padding"):
        read("typedef struct zinc_box {\n    uint64_t a;\n    uint32_t b;\n} zinc_box;\n")


def test_a_struct_with_pointers_may_depend_on_the_word(read):
    text = """typedef struct zinc_box {
    uint64_t a;
    const uint32_t *b;
} zinc_box;
"""
    row = read(text)["structs"][0]
    assert row["word_sized"] is True and row["size"] == 16


def test_a_struct_within_a_struct(read):
    row = read("""typedef struct zinc_inner {
    uint64_t a;
    uint64_t b;
} zinc_inner;
typedef struct zinc_outer {
    uint32_t size;
    uint32_t flags;
    zinc_inner inner;
    zinc_inner more[2];
} zinc_outer;
""")["structs"][1]
    assert [(one["offset"], one["size"]) for one in row["fields"]] == [(0, 4), (4, 4), (8, 16),
                                                                       (24, 32)]
    assert row["size"] == 56


def random_struct(random_source):
    """Fields of every type in any order, without regard to padding."""
    kinds = [*parse.INTEGERS, "pointer"]
    fields = []
    for index in range(random_source.randint(1, 12)):
        kind = random_source.choice(kinds)
        kind = POINTER if kind == "pointer" else kind
        fields.append(field(f"f{index}", kind, random_source.choice([None, None, 1, 3, 8])))
    return fields


def compile_ok(compiler, text, *options):
    done = subprocess.run([compiler, "-std=c11", "-fsyntax-only", "-x", "c", *options, "-"],
                          input=text, text=True, capture_output=True, check=False)
    return done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [(), ("-m32",)], ids=["x86-64", "i386"])
def test_random_structs_lie_as_the_compiler_lays_them(compiler, options):
    tables = (parse.INTEGERS_I386, parse.POINTER_I386) if options else (parse.INTEGERS,
                                                                       parse.POINTER)
    if options and not compile_ok(compiler, "#include <stdint.h>\n", *options)[0]:
        pytest.skip("no 32-bit headers (ci/run setup cross)")
    source = random.Random(4)
    lines = ["#include <stddef.h>", "#include <stdint.h>"]
    for number in range(200):
        fields = random_struct(source)
        places, size, align, _ = parse.layout(fields, *tables)
        lines.append(f"struct s{number} {{")
        lines += [f"    {probe.spelled(one['type'], one['name'])};" for one in fields]
        lines += ["};", f'_Static_assert(sizeof(struct s{number}) == {size}, "");',
                  f'_Static_assert(_Alignof(struct s{number}) == {align}, "");']
        lines += [f'_Static_assert(offsetof(struct s{number}, {one["name"]}) == {offset}, "");'
                  for one, (offset, _) in zip(fields, places)]
    good, said = compile_ok(compiler, "\n".join(lines) + "\n", *options)
    assert good, said


# ---- The probe ----------------------------------------------------------------------------------


def judged(compiler, abi):
    text = probe.emit(abi)["adapters/abi/probe.c"]
    return compile_ok(compiler, text, f"-I{ROOT}/core/include")


def named(rows, name):
    return next(row for row in rows if row["name"] == name)


def wrong_size(abi):
    named(abi["structs"], "zinc_participant")["size"] = 72


def wrong_offset(abi):
    named(named(abi["structs"], "zinc_info")["fields"], "capacity")["offset"] = 280


def wrong_sign(abi):
    named(named(abi["structs"], "zinc_info")["fields"], "created_ns")["type"]["name"] = "uint64_t"


def wrong_length(abi):
    named(named(abi["structs"], "zinc_info")["fields"], "name")["type"]["count"] = 207


def wrong_constant(abi):
    named(named(abi["enums"], "zinc_status")["values"], "ZINC_E_GONE")["value"] = -1004


def wrong_macro(abi):
    named(abi["constants"], "ZINC_FOREVER")["value"] = 2**63 - 2


def wrong_answer(abi):
    named(abi["functions"], "zinc_capacity")["returns"]["name"] = "uint32_t"


def wrong_parameter(abi):
    named(abi["functions"], "zinc_create")["parameters"][0]["type"]["const"] = False


def missing_parameter(abi):
    named(abi["functions"], "zinc_gc")["parameters"].pop()


def wrong_callback(abi):
    named(abi["callbacks"], "zinc_gc_callback")["parameters"][1]["type"]["name"] = "int32_t"


def invented_function(abi):
    abi["functions"].append({**named(abi["functions"], "zinc_close"), "name": "zinc_shut"})


def test_the_compiler_agrees(compiler, abi):
    good, said = judged(compiler, abi)
    assert good, said


@pytest.mark.parametrize("change", [
    wrong_size, wrong_offset, wrong_sign, wrong_length, wrong_constant, wrong_macro, wrong_answer,
    wrong_parameter, missing_parameter, wrong_callback, invented_function])
def test_the_compiler_notices(compiler, abi, change):
    changed = copy.deepcopy(abi)
    change(changed)
    good, said = judged(compiler, changed)
    assert not good, "the probe compiled"
    assert "assert" in said or "undeclared" in said, said

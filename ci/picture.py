#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the demo's result: picture.py RESULT.json PICTURE.svg (for ci/run demo --picture)."""
import json
import pathlib
import re
import sys

try:
    import matplotlib
except ImportError:
    sys.exit("picture: matplotlib is not installed (Debian: python3-matplotlib)")
matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402
import matplotlib.ticker  # noqa: E402

# What matplotlib draws in, and what a reader with a dark page sees instead.
COLOURS = {"paper": ("#ffffff", "#0d1117"), "ink": ("#1f2328", "#f0f6fc"),
           "faint": ("#57606a", "#9198a1"), "rule": ("#d0d7de", "#3d444d"),
           "region": ("#0969da", "#4493f8"), "socket": ("#bc4c00", "#f0883e")}
LIGHT = {name: light for name, (light, dark) in COLOURS.items()}


def time_text(seconds, *_):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.9995:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def draw(result, picture):
    rows = list(result["languages"].items())
    region = [row["region_ready_ns"] / 1e9 for _, row in rows]
    through = [row["socket_ready_ns"] / 1e9 for _, row in rows]
    places = range(len(rows), 0, -1)
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "zinc", "font.size": 11,
        "font.family": "DejaVu Sans"})
    figure, axes = pyplot.subplots(figsize=(8.4, 1.9 + 0.34 * len(rows)))
    figure.patch.set_facecolor(LIGHT["paper"])
    axes.set_facecolor(LIGHT["paper"])
    axes.set_xscale("log")
    for place, one, other in zip(places, region, through):
        axes.plot([one, other], [place, place], color=LIGHT["rule"], linewidth=2, zorder=1)
        axes.annotate(time_text(one), (one, place), (0, 7), textcoords="offset points",
                      ha="center", size=8.5, color=LIGHT["region"])
        axes.annotate(time_text(other), (other, place), (0, 7), textcoords="offset points",
                      ha="center", size=8.5, color=LIGHT["socket"])
    axes.scatter(region, list(places), 46, color=LIGHT["region"], zorder=2,
                 label="through the region")
    axes.scatter(through, list(places), 46, color=LIGHT["socket"], marker="s", zorder=2,
                 label="through a unix socket")
    axes.set_yticks(list(places), [title for title, _ in rows], color=LIGHT["ink"])
    axes.set_ylim(0.4, len(rows) + 0.9)
    axes.set_xlim(min(region) / 2.2, max(through) * 2.2)
    axes.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(time_text))
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.tick_params(axis="both", length=0, colors=LIGHT["faint"])
    axes.tick_params(axis="y", labelcolor=LIGHT["ink"])
    axes.grid(axis="x", color=LIGHT["rule"], linewidth=0.6)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_title(f"{result['bytes'] / 1e6:.0f} MB from Python to each language: "
                   "until all bytes are there to be read",
                   loc="left", color=LIGHT["ink"], size=12, pad=30)
    legend = axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncol=2, frameon=False,
                         handletextpad=0.2, columnspacing=1.4, borderpad=0)
    for text in legend.get_texts():
        text.set_color(LIGHT["faint"])
    frames = ", same frame" if all(row["frame"] for _, row in rows) else ""
    figure.text(0.985, 0.015, "each proved that its view is the publisher's memory: "
                f"same file{frames}", ha="right", size=8.5, color=LIGHT["faint"])
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(picture, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def finish(picture, result):
    """Give the picture its title, licence and colours for dark pages."""
    text = picture.read_text()
    # A background of its own, so that it can be read also where a page is dark and the style
    # sheet below is not asked.
    rules = "".join(f"[style*='fill: {light}'] {{ fill: {dark} !important }}\n"
                    f"[style*='stroke: {light}'] {{ stroke: {dark} !important }}\n"
                    for light, dark in COLOURS.values())
    titles = ", ".join(result["languages"])
    text = re.sub(r"<\?xml.*?\?>\s*<!DOCTYPE.*?>\s*", "", text, flags=re.S)
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = text.replace("'DejaVu Sans'", "system-ui, sans-serif")  # what the reader's system has
    text = re.sub(r"(<svg[^>]*>)", lambda found: (
        f"{found.group(1)}"
        "\n <title>Time until the bytes of a file are there to be read, by language</title>"
        f"\n <desc>{titles}: through a region of shared memory and through a unix socket.</desc>"
        f"\n <style>@media (prefers-color-scheme: dark) {{\n{rules}}}</style>"), text, count=1)
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    picture.write_text("<!-- SPDX-License-Identifier: MIT -->\n" + text)


def main():
    result = json.loads(pathlib.Path(sys.argv[1]).read_text())
    result["languages"] = {title: row for title, row in result["languages"].items()
                           if not row["wrong"]}
    picture = pathlib.Path(sys.argv[2])
    draw(result, picture)
    finish(picture, result)
    print(f"picture: {picture} is written")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""terminal_picture.py TITLE < TEXT > picture.svg: draws the text of a terminal as an SVG picture for the README. A carriage
return starts a line anew, as on a terminal; colours and other escape sequences are left out."""
import html
import re
import sys

WIDTH, LINE, MARGIN, BAR = 8.4, 20, 16, 34


def lines_of(text: str) -> list[str]:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n")
    return [line.split("\r")[-1] if line.split("\r")[-1] else line.split("\r")[0] for line in text.rstrip().split("\n")]


def picture(title: str, lines: list[str]) -> str:
    width = max(map(len, lines)) * WIDTH + 2 * MARGIN
    height = BAR + len(lines) * LINE + MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" role="img" '
           f'aria-label="{html.escape(title)}">',
           '<rect width="100%" height="100%" rx="8" fill="#1b1e26"/>']
    out += [f'<circle cx="{20 + 18 * i}" cy="17" r="5.5" fill="{colour}"/>'
            for i, colour in enumerate(("#e0605e", "#dfb146", "#5cb45a"))]
    out.append(f'<text x="{width / 2:.0f}" y="21" fill="#8b93a7" font-family="monospace" font-size="12" '
               f'text-anchor="middle">{html.escape(title)}</text>')
    for i, line in enumerate(lines):
        colour = "#8fd18a" if line.startswith("$ ") else "#d8dce6"
        out.append(f'<text x="{MARGIN}" y="{BAR + (i + 1) * LINE - 6}" fill="{colour}" font-size="14" '
                   f'font-family="ui-monospace, DejaVu Sans Mono, monospace" xml:space="preserve">{html.escape(line)}</text>')
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    sys.stdout.write(picture(sys.argv[1], lines_of(sys.stdin.read())))

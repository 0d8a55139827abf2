"""What the styles in a page itself hide: inline styles, and the simple selectors of its style sheets.

Sheets in files of their own are not fetched. After CSS Display 3, CSS 2.2 (visibility, clip) and CSS Color 4 (opacity).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

Declarations: TypeAlias = Mapping[str, str]
"""Values by property, all in lower case."""

_SIMPLE: Final = re.compile(r"[.#][\w-]+")
_LENGTH: Final = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?P<unit>[a-z%]*)")
_RGB: Final = re.compile(r"rgba?\((\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+(?P<alpha>[\d.]+%?))?\)")
_NAMED_COLOURS: Final = {"white": "#ffffff", "black": "#000000"}
_NO_COLOURS: Final = frozenset({"", "currentcolor", "inherit", "initial", "none", "revert", "unset"})
_OFF_SCREEN: Final = -500
"""Pixels beside the page where nothing is seen; menus that slide in wait nearer, or at a share of the window."""
_PIXELS: Final = {"": 1, "em": 16, "px": 1, "rem": 16}
_SHOWING: Final = re.compile(r"(?:\A|[\s;])(display|visibility)\s*:\s*([\w-]*)")
"""The declarations of a rule about whether something is shown."""
_CLIPPED: Final = re.compile(r"clip(?:-path)?:(?:rect\(0|rect\(1px,?1px,?1px|inset\((?:50|100)%|circle\(0)")
_SHORT_COLOUR: Final = 4
_CLIPS: Final = ("clip", "clip-path")
_SIZES: Final = ("height", "max-height", "max-width", "width")
_SHIFTS: Final = ("margin-left", "margin-top", "text-indent")
_SIDES: Final = ("bottom", "left", "right", "top")
_MOVED: Final = re.compile(r"translate(?:3d|x|y)?\((?:[^),]{0,20},){0,2}\s*-\d{4,}px")


class Rule(NamedTuple):
    """A selector of a style sheet with its declarations."""

    selector: str
    style: Declarations
    is_conditional: bool
    """Whether it is inside an at-rule, such as a media query."""


def declarations_of(style: str) -> dict[str, str]:
    """Return the declarations of an inline style or of the block of a rule; later ones win."""
    parts = (part.partition(":") for part in _without_comments(style).lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in parts}


def is_hiding(style: Declarations) -> bool:
    """Whether an element of this style shows nothing: not displayed, transparent, without size, or out of sight."""
    return (
        style.get("display") == "none"
        or is_fading(style)
        or _is_cut_off(style)
        or _is_off_screen(style)
        or _is_of_the_colour_behind(style)
    )


def is_fading(style: Declarations) -> bool:
    """Whether an element of this style keeps its place but is not seen; many pages so prepare text to fade in."""
    return style.get("visibility") in {"hidden", "collapse"} or _is_zero(style.get("opacity", ""))


def has_no_font(style: Declarations) -> bool:
    """Whether text of this style has no size, unless an element inside gives it one."""
    return _is_zero(style.get("font-size", ""))


def hiding_selectors(sheets: Iterable[str]) -> set[str]:
    """Return the classes (".x") and ids ("#x") that style sheets take from display, and never show.

    Rules for a medium or a size of window do not hide, but they show, as do rules of any selector that ends in the
    class or the id: what opens on a click, or is for narrow windows, is text for readers.
    """
    rules = [rule for sheet in sheets for rule in _rules(_without_comments(sheet))]
    hides = {rule.selector for rule in rules if not rule.is_conditional and _is_undisplayed(rule.style)}
    hides = {selector for selector in hides if _SIMPLE.fullmatch(selector)}
    if not hides:
        return hides
    return hides.difference(name for rule in rules if _is_shown(rule.style) for name in _last_names(rule.selector))


def _without_comments(css: str) -> str:
    first, *others = css.split("/*")
    return first + "".join(other.partition("*/")[2] for other in others)


def _rules(css: str) -> Iterator[Rule]:
    """Yield the rules about display and visibility; in one pass, as sheets may be long and broken."""
    depth = 0
    for part in css.split("}"):
        opened = part.count("{")
        depth = max(0, depth + opened - 1)
        if opened and ("display" in part or "visibility" in part):
            before, _, block = part.rpartition("{")
            style = dict(_SHOWING.findall(block.lower()))
            for selector in re.split("[{;]", before)[-1].split(",") if style else ():
                yield Rule(selector.strip(), style, is_conditional=depth > 0)


def _is_undisplayed(style: Declarations) -> bool:
    return style.get("display") == "none" or style.get("visibility") == "hidden"


def _is_shown(style: Declarations) -> bool:
    return style.get("display", "none") != "none" or style.get("visibility") == "visible"


def _last_names(selector: str) -> list[str]:
    """Return the classes and ids of the element that a selector is about."""
    return _SIMPLE.findall(re.split(r"[\s>+~]", selector)[-1])


def _is_zero(value: str) -> bool:
    length = _LENGTH.fullmatch(value)
    return length is not None and float(length["number"]) == 0


def _is_cut_off(style: Declarations) -> bool:
    is_cut = style.get("overflow", "visible") in {"hidden", "clip"}
    if is_cut and any(_is_zero(style.get(name, "")) or style.get(name) == "1px" for name in _SIZES):
        return True
    is_placed = style.get("position") in {"absolute", "fixed"}
    return is_placed and any(_CLIPPED.match(f"{name}:{style.get(name, '').replace(' ', '')}") for name in _CLIPS)


def _is_off_screen(style: Declarations) -> bool:
    is_moved = style.get("position", "static") != "static"
    shifts = (*_SHIFTS, *_SIDES) if is_moved else _SHIFTS
    is_far = any(_pixels(style.get(name, "")) <= _OFF_SCREEN for name in shifts)
    return is_far or _MOVED.search(style.get("transform", "")) is not None


def _pixels(value: str) -> float:
    """Return about how many pixels a length is; 0 for what is no length, or a share of something."""
    length = _LENGTH.fullmatch(value)
    return float(length["number"]) * _PIXELS.get(length["unit"], 0) if length else 0


def _is_of_the_colour_behind(style: Declarations) -> bool:
    """Whether text has the colour of its own background, or none; letters cut out of a picture are seen."""
    if "text" in (style.get("background-clip"), style.get("-webkit-background-clip")):
        return False
    text = _colour(style.get("color", ""))
    background = _colour(style.get("background-color", style.get("background", "")))
    return text == "transparent" or (text not in _NO_COLOURS and text == background)


def _colour(value: str) -> str:
    """Return a colour as "#rrggbb" or "transparent", as far as it is written so; the value itself otherwise."""
    rgb = _RGB.fullmatch(value)
    if rgb is not None:
        channels = "".join(f"{int(channel):02x}" for channel in rgb.groups()[:3])
        return "transparent" if _is_zero(rgb["alpha"] or "1") else f"#{channels}"
    if value.startswith("#") and len(value) == _SHORT_COLOUR:
        return "#" + "".join(2 * digit for digit in value[1:])
    return _NAMED_COLOURS.get(value, value)

"""XML read without trust: no entities, no document types, no network, and broken text salvaged as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from lxml import etree

from connectors.errors import Damaged, NotRecognised, Unsafe

_ROOTS = ("gpx", "TrainingCenterDatabase")
_STEP = 4096
_NODE_BYTES = 120
"""What libxml2 takes for an element, an attribute, and the text of either."""
_ROOM_BYTES, _ROOM_TIMES = 12 * 1024**2, 15
"""The tree of the densest GPX and TCX known takes some 11 times the file."""


def parse_xml(text: bytes, *, name: str) -> tuple[etree._Element, list[str]]:
    """The root of a GPX or TCX document, and what was wrong with it.

    Raises Unsafe for a document type, which is where entities are declared, and NotRecognised for other kinds of XML.
    """
    _check_beginning(text, name)
    _check_room(text, name)
    try:
        return etree.fromstring(text, _parser(recover=False)), []
    except etree.XMLSyntaxError as error:
        try:
            root: etree._Element | None = etree.fromstring(text, _parser(recover=True))
        except etree.XMLSyntaxError:
            root = None
        if root is None or local_name(root) not in _ROOTS:
            raise Damaged(f"{name} is not readable as XML: {error.msg}.", "Export the file again.") from error
        return root, [f"The XML is broken: {error.msg}; what could be read was kept."]


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for anything that is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of that name, whatever their namespace."""
    return (inner for inner in element if local_name(inner) == name)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of names, whatever their namespaces."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def text_of(element: etree._Element | None) -> str | None:
    """The text within an element without the blanks around it, or None."""
    text = element.text if element is not None else None
    return text.strip() or None if text else None


def number(text: str | None) -> float:
    """A decimal number, NaN where there is none."""
    try:
        return float(text) if text else float("nan")
    except ValueError:
        return float("nan")


def unix_s(text: str | None) -> float:
    """An ISO 8601 instant as Unix seconds, NaN where it is none; without a zone it is taken as UTC."""
    try:
        at = datetime.fromisoformat(text.strip()) if text else None
        return float("nan") if at is None else (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("nan")


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
    )


def _check_beginning(text: bytes, name: str) -> None:
    """Read only as far as the first element, so that nothing a document type declares is ever used."""
    pull = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    for at in range(0, len(text), _STEP):
        pull.feed(text[at : at + _STEP])
        first = next(iter(pull.read_events()), None)
        if first is None:
            continue
        root = first[1]
        if local_name(root) not in _ROOTS:
            raise NotRecognised(f"{name} is XML of the kind “{local_name(root)}”.", "Give FIT, TCX or GPX files.")
        if root.getroottree().docinfo.internalDTD is not None:
            raise _unsafe(name)
        return
    if b"<!DOCTYPE" in text:
        raise _unsafe(name)
    raise Damaged(f"{name} is not readable as XML: it holds no element.", "Export the file again.")


def _check_room(text: bytes, name: str) -> None:
    """Refuse what is nearly nothing but tags: its tree would take many times the room of the text."""
    elements = text.count(b"<") - text.count(b"</")
    if _NODE_BYTES * 2 * (elements + text.count(b"=")) > _ROOM_BYTES + _ROOM_TIMES * len(text):
        raise Unsafe(f"{name} holds far more elements than values, as no recording does.", "Export the file again.")


def _unsafe(name: str) -> Unsafe:
    return Unsafe(f"{name} declares a document type, which no activity file needs.", "Export the file again.")

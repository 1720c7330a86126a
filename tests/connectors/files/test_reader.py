"""What a file is, is seen from its content."""

from __future__ import annotations

import gzip
import json

import pytest

from connectors.errors import NothingToImport, NotRecognised
from connectors.files import READER_VERSION, read_activity_file
from tests.builders.files import fit_run, gpx, gpx_point, tcx, tcx_activity


@pytest.mark.parametrize(
    ("data", "kind"),
    [(fit_run(), "fit"), (gpx([gpx_point(0), gpx_point(1)]), "gpx"), (tcx(tcx_activity()), "tcx")],
)
def test_the_name_does_not_matter(data: bytes, kind: str) -> None:
    payload = read_activity_file(data, name="misnamed.txt").payload

    assert (payload["format"], payload["reader_version"]) == (kind, READER_VERSION)
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_a_gpx_track_called_after_a_fit_file_stays_gpx() -> None:
    data = gpx([gpx_point(0)], creator="tour.FIT")

    assert read_activity_file(data, name="x").payload["format"] == "gpx"


@pytest.mark.parametrize("data", [b"", b"  \n"])
def test_an_empty_file_holds_nothing(data: bytes) -> None:
    with pytest.raises(NothingToImport, match=r"run\.fit is empty"):
        read_activity_file(data, name="run.fit")


@pytest.mark.parametrize(("data", "word"), [(gzip.compress(fit_run()), "gzip"), (b"PK\x03\x04rest", "zip")])
def test_a_packed_file_is_told_to_be_unpacked(data: bytes, word: str) -> None:
    with pytest.raises(NotRecognised, match=word):
        read_activity_file(data, name="run.fit.gz")


def test_anything_else_is_not_recognised() -> None:
    with pytest.raises(NotRecognised, match="no FIT, TCX or GPX"):
        read_activity_file(b'{"a": 1}', name="x.json")

"""What the walk hands on: files as bytes, as paths and as handles, whether they lie on disk or in a zip in a zip."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from connectors.errors import Unsafe
from connectors.folders import Entry, printable, walk
from connectors.intake import folder_of
from connectors.unpack import Limits
from tests.builders.files import fit_run
from tests.builders.takeouts import write_folder, zip_bytes

RUN = fit_run()


def entries(path: Path, stack: ExitStack) -> list[Entry]:
    return [each for each in walk([path], stack, Limits()) if isinstance(each, Entry)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nested = zip_bytes({"b.zip": zip_bytes({"deep/c.fit": RUN})})
    return write_folder(tmp_path / "x", {"a.fit": RUN, "b/outer.zip": nested})


def test_a_file_can_be_read_from_a_path_and_from_a_handle_that_seeks(folder: Path) -> None:
    with ExitStack() as stack:
        for entry in entries(folder, stack):
            with entry.on_disk(Limits()) as path, entry.open(Limits()) as handle:
                assert path.read_bytes() == handle.read() == entry.read(Limits()) == RUN
                handle.seek(8)
                assert handle.read(4) == b".FIT"
            assert path.exists() == (entry.place == "x/a.fit")


def test_what_lies_together_has_one_folder(folder: Path) -> None:
    with ExitStack() as stack:
        assert [str(folder_of(each)) for each in entries(folder, stack)] == ["x", "x/b/outer.zip/b.zip/deep"]


def test_an_export_above_the_limit_is_not_copied_out(folder: Path) -> None:
    limits = Limits(export_bytes=len(RUN) - 1)
    with ExitStack() as stack:
        for entry in entries(folder, stack):
            with pytest.raises(Unsafe), entry.open(limits):
                pass


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("run.fit", "run.fit"),
        ("x/…_0_summarizedActivities.json", "x/ann.runner+1@mail.example.co.uk_0_summarizedActivities.json"),
        ("…", "ann@example.com.fit"),
        ("…/run.fit", "ann%40example.com/run.fit"),
        ("run @ park.fit", "run @ park.fit"),
        ("a\N{REPLACEMENT CHARACTER}b", "a\nb"),
    ],
)
def test_names_as_they_may_be_shown(shown: str, name: str) -> None:
    assert printable(name) == shown


def test_what_an_entry_shows_of_itself_holds_no_address(tmp_path: Path) -> None:
    with ExitStack() as stack:
        (entry,) = entries(write_folder(tmp_path / "x", {"ann@example.com_1.fit": RUN}), stack)

    assert "ann" not in repr(entry) + entry.name

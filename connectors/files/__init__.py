"""Activity files: FIT, TCX and GPX read into one shape, and their samples kept as Parquet."""

from connectors.files.reader import read_activity_file
from connectors.files.recording import READER_VERSION, DecodedFile

__all__ = ["READER_VERSION", "DecodedFile", "read_activity_file"]

"""Small take-outs as the vendors make them: Strava archives in several languages and years, WHOOP exports, and zips."""

from __future__ import annotations

import csv
import gzip
import io
import stat
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.strava.words import words
from connectors.whoop.columns import WhoopEntity, columns
from tests.builders.files import fit_run

STARTED_AT = datetime(2024, 5, 1, 6, 0, tzinfo=UTC)

# The header of a 2022-2025 archive as German accounts get it, up to the second block.
_GERMAN_HEADER_LINE = (
    "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,Verstrichene Zeit,Distanz,"
    "Max. Herzfrequenz,Relative Leistung,Pendeln,Hinweis zur Privatsphäre für Aktivitäten,Aktivitätsausrüstung,"
    "Dateiname,Sportlergewicht,Fahrradgewicht,Verstrichene Zeit,Bewegungszeit,Distanz,Höchstgeschw.,"
    "Durchschnittliche Geschwindigkeit,Höhenzunahme,Höhenunterschied,Min. Höhe,Max. Höhe,Max. Steigung,"
    "Durchschnittliche Steigung,Durchschnittliche positive Steigung,Durchschnittliche negative Steigung,"
    "Max. Tritt-/Schrittfrequenz,Durchschnittliche Trittfrequenz,Max. Herzfrequenz,Durchschnittliche Herzfrequenz,"
    "Max. Watt,Durchschnittliche Watt,Kalorien,Max. Temperatur,Durchschnittliche Temperatur,Relative Leistung,Medien"
)
GERMAN_HEADER = next(csv.reader([_GERMAN_HEADER_LINE]))
ENGLISH_HEADER = [name.removesuffix(" (2)") for name in words().positions] + ["Total Work", "Media"]


def csv_bytes(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str = ",", bom: bool = False
) -> bytes:
    """A CSV file in UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def activity_row(
    activity_id: int,
    *,
    date: str | None = None,
    name: str = "Morning run",
    kind: str = "Run",
    filename: str = "",
    distance: str = "5.01",
    distance_m: str = "5012.3",
    width: int = 40,
) -> list[str]:
    """One activity as today's archive lists it."""
    started_at = STARTED_AT + timedelta(days=activity_id % 100)
    row = [""] * width
    row[0:4] = [str(activity_id), date or us_date(started_at), name, kind]
    row[5:8] = ["1800", distance, "171"]
    row[9], row[12] = "false", filename
    row[15:18] = ["1800.0", "1790.0", distance_m]
    return row


def us_date(at: datetime) -> str:
    """A moment as English archives write it."""
    return f"{at:%b} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M:%S} {at:%p}"


def strava_files(activity_ids: Sequence[int], *, with_files: bool = True) -> dict[str, bytes]:
    """An English archive: each activity with its recording, some packed and some not, and what is nobody's business."""
    rows, files = [], {}
    for activity_id in activity_ids:
        filename = ""
        if with_files:
            data = fit_run(started_at=STARTED_AT + timedelta(days=activity_id % 100))
            filename = f"activities/{activity_id + 7}.fit" + (".gz" if activity_id % 2 else "")
            files[filename] = gzip.compress(data) if activity_id % 2 else data
        rows.append(activity_row(activity_id, filename=filename))
    shoes = csv_bytes(
        ["Shoe Name", "Shoe Brand", "Shoe Model", "Shoe Default Sport Types"], [["Blue", "Acme", "Fly", "Run"]]
    )
    return {
        "activities.csv": csv_bytes(ENGLISH_HEADER, rows),
        **files,
        "shoes.csv": shoes,
        "contacts.csv": b"Contact,Number\nMum,1\n",
        "media/photo.jpg": b"\xff\xd8\xff\xe0 a picture",
        "routes/1.gpx": b"<?xml version='1.0'?><gpx><rte/></gpx>",
    }


def whoop_row(entity: WhoopEntity, day: int, *, zone: str = "UTC+02:00", **cells: str) -> list[str]:
    """One row of a WHOOP table; cells are given by English column name with `_` for blanks and signs left out."""
    night = datetime(2024, 5, 1, 23, 10) + timedelta(days=day)  # noqa: DTZ001  # wall time, as the export has it
    values = {
        "Cycle start time": f"{night}",
        "Cycle end time": f"{night + timedelta(days=1)}",
        "Cycle timezone": zone,
        "Recovery score %": "66",
        "Heart rate variability (ms)": "71",
        "Resting heart rate (bpm)": "52",
        "Sleep onset": f"{night}",
        "Wake onset": f"{night + timedelta(hours=8)}",
        "Asleep duration (min)": "440",
        "Nap": "false",
        "Workout start time": f"{night + timedelta(hours=19)}",
        "Workout end time": f"{night + timedelta(hours=20)}",
        "Duration (min)": "60",
        "Activity name": "Running",
        "Question text": "Had coffee?",
        "Answered yes": "true",
        "GPS enabled": "true",
    }
    values.update({name.replace("_", " "): cell for name, cell in cells.items()})
    return [values.get(name, "") for name in columns()[entity]]


def whoop_files(days: Sequence[int]) -> dict[str, bytes]:
    """A WHOOP export, newest first, the running cycle without an end."""
    newest_first = sorted(days, reverse=True)
    names: Mapping[WhoopEntity, str] = {
        "cycle": "physiological_cycles.csv",
        "sleep": "sleeps.csv",
        "workout": "workouts.csv",
        "journal": "journal_entries.csv",
    }
    files = {}
    for entity, name in names.items():
        rows = [whoop_row(entity, day) for day in newest_first]
        if entity == "cycle":
            rows[0][1] = ""
        files[name] = csv_bytes(columns()[entity], rows)
    return files


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zip_bytes(files: Mapping[str, bytes], *, at: datetime = datetime(2024, 9, 1, tzinfo=UTC)) -> bytes:
    """The files in a zip whose members all carry this date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def write_zip(path: Path, files: Mapping[str, bytes], *, at: datetime = datetime(2024, 9, 1, tzinfo=UTC)) -> Path:
    """A zip on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zip_bytes(files, at=at))
    return path


def zip_with_link(target: str) -> bytes:
    """A zip with a symbolic link in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link.fit")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, target)
        archive.writestr("run.fit", fit_run())
    return buffer.getvalue()


def encrypted(data: bytes) -> bytes:
    """The zip with every member marked as encrypted, which is all a reader sees of it."""
    marked = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = marked.find(signature)
        while position >= 0:
            marked[position + offset] |= 1
            position = marked.find(signature, position + 4)
    return bytes(marked)


# As French accounts get it.
_FRENCH_HEADER_LINE = (
    "ID de l’activité,Date de l’activité,Nom de l’activité,Type d’activité,Description de l’activité,Temps écoulé,"
    "Distance,Fréquence cardiaque max.,Mesure d’effort,Trajet,Note privée de l’activité,"
    "Équipement de l’activité,Nom du fichier,Poids de l’athlète,Poids du vélo,Temps écoulé,Durée de déplacement,"
    "Distance,Vitesse max.,Vitesse moyenne,Dénivelé positif,Dénivelé négatif,Altitude min.,Altitude max.,"
    "Pente max.,Pente moyenne,Pente positive moyenne,Pente négative moyenne,Cadence max.,Cadence moyenne,"
    "Fréquence cardiaque max.,Fréquence cardiaque moyenne,Watts max.,Watts moyens,Calories,Température max.,"
    "Température moyenne,Mesure d’effort,Travail total,Médias"
)
FRENCH_HEADER = next(csv.reader([_FRENCH_HEADER_LINE]))


def _half_known(known: Mapping[int, str]) -> list[str]:
    """A header of which only these words are known, some of the others standing there twice."""
    return [known.get(index, f"palabra {index % 25}") for index in range(40)]


# The rest goes by position; the last two columns lie beyond what positions tell.
DUTCH_HEADER = _half_known(
    {0: "Activiteits-ID", 1: "Datum van activiteit", 3: "Activiteitstype", 38: "Totale arbeid", 39: "Media"}
)
SPANISH_HEADER = _half_known(
    {0: "ID de la actividad", 1: "Fecha de la actividad", 3: "Tipo de actividad", 38: "Trabajo total", 39: "Multimedia"}
)
ITALIAN_HEADER = _half_known({38: "Lavoro totale", 39: "Contenuti multimediali"})
_HEADERS = {
    "en": ENGLISH_HEADER,
    "de": [*GERMAN_HEADER[:38], "Gesamtarbeit", GERMAN_HEADER[38]],
    "fr": FRENCH_HEADER,
    "nl": DUTCH_HEADER,
    "es": SPANISH_HEADER,
    "it": ITALIAN_HEADER,
}
_KINDS = {
    "en": ("Run", "Trail Run", "Ride", "Walk"),
    "de": ("Lauf", "Traillauf", "Radfahrt", "Spaziergang"),
    "fr": ("Course à pied", "Trail", "Sortie à vélo", "Marche"),
    "nl": ("Hardloopsessie", "Trailloop", "Fietsrit", "Wandeling"),
    "es": ("Carrera", "Carrera de montaña", "Vuelta en bicicleta", "Caminata"),
    "it": ("Corsa", "Corsa su sentiero", "Pedalata", "Camminata"),
}
_MONTHS = {
    "fr": "janv.,févr.,mars,avr.,mai,juin,juil.,août,sept.,oct.,nov.,déc.",
    "nl": "jan.,feb.,mrt.,apr.,mei,jun.,jul.,aug.,sep.,okt.,nov.,dec.",
    "es": "ene.,feb.,mar.,abr.,may.,jun.,jul.,ago.,sept.,oct.,nov.,dic.",
    "it": "gen,feb,mar,apr,mag,giu,lug,ago,set,ott,nov,dic",
}
LANGUAGES = tuple(_HEADERS)


def strava_files_in(language: str, activity_ids: Sequence[int], *, with_files: bool = True) -> dict[str, bytes]:
    """The same archive in the language of the account: header, dates, sports and decimal signs."""
    files = strava_files(activity_ids, with_files=with_files)
    rows = []
    for activity_id in activity_ids:
        started_at = STARTED_AT + timedelta(days=37 * (activity_id % 100))
        filename = next((name for name in files if name.startswith(f"activities/{activity_id + 7}.")), "")
        rows.append(
            activity_row(
                activity_id,
                date=us_date(started_at) if language == "en" else _date_in(language, started_at),
                kind=_KINDS[language][activity_id % 4],
                filename=filename,
                distance="5.01" if language == "en" else "5,01",
            )
        )
    return {**files, "activities.csv": csv_bytes(_HEADERS[language], rows)}


def _date_in(language: str, at: datetime) -> str:
    if language == "de":
        return f"{at:%d.%m.%Y, %H:%M:%S}"
    month = _MONTHS[language].split(",")[at.month - 1]
    return f"{at.day} {month} {at.year}{' à' if language == 'fr' else ','} {at:%H:%M:%S}"


def whoop_files_in(
    offset: timedelta, zone: str, days: Sequence[int], *, is_spanish: bool = False, is_old: bool = False
) -> dict[str, bytes]:
    """The same nights as wall clocks at that offset show them; in Spanish neither file names nor headers are known."""
    files = {}
    for entity, name in _SPANISH_NAMES.items():
        header, rows = list(columns()[entity]), [whoop_row(entity, day) for day in sorted(days, reverse=True)]
        for row in rows:
            for index, cell in enumerate(row):
                if header[index] == "Cycle timezone":
                    row[index] = zone
                elif cell[:4].isdigit() and ":" in cell:
                    row[index] = f"{datetime.fromisoformat(cell) + offset}"
        if is_old and "Sleep consistency %" in header:
            at = header.index("Sleep consistency %")
            header, rows = header[:at] + header[at + 1 :], [row[:at] + row[at + 1 :] for row in rows]
        if is_spanish:
            header = [f"columna {index}" for index in range(len(header))]
        files[name if is_spanish else f"{entity}.csv"] = csv_bytes(header, rows)
    return files


_SPANISH_NAMES: Mapping[WhoopEntity, str] = {
    "cycle": "ciclos_fisiológicos.csv",
    "sleep": "sueño.csv",
    "workout": "entrenamientos.csv",
    "journal": "entradas_de_diario.csv",
}

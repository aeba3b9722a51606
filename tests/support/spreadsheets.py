"""The cells of files as LibreOffice reads them, where it is installed."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest

CALC = shutil.which("soffice") or shutil.which("libreoffice")
PATIENCE_SECONDS = 180
_TABLE, _OFFICE, _TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "office", "text"))
_LINK = "{http://www.w3.org/1999/xlink}href"

needed = pytest.mark.skipif(CALC is None, reason="*** no LibreOffice (soffice) on this machine: what a spreadsheet runs was NOT tested ***")


def csv_filter(delimiter):
    """The filter that reads CSV as a user does who lets formulas be evaluated, with that delimiter."""
    return f"CSV:{ord(delimiter)},34,76,1,,0,false,true,false,false,false,0,true"


@dataclass
class Opened:
    """The content of a spreadsheet: its formulas with their values, its links, and the text of its cells."""

    formulas: dict[str, str]
    links: list[str]
    texts: list[str]


def opened(folder, files, read_as=None):
    """The content of each file as LibreOffice reads it, by name; `read_as` is the filter to read them with."""
    target = folder / f"opened-{abs(hash((read_as, tuple(files))))}"
    command = [
        CALC,
        "--headless",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        "fods",
        "--outdir",
        str(target),
    ]
    command += [f"--infilter={read_as}"] if read_as else []
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    return {file.name: _content(target / f"{file.stem}.fods") for file in files}


def _content(path):
    found = Opened({}, [], [])
    for cell in ET.parse(path).iter(f"{_TABLE}table-cell"):
        if formula := cell.get(f"{_TABLE}formula"):
            found.formulas[formula] = cell.get(f"{_OFFICE}value") or "".join(cell.itertext()).strip()
        found.links += [element.get(_LINK) for element in cell.iter() if element.get(_LINK)]
        if cell.get(f"{_OFFICE}value-type") == "string":
            found.texts.append("\n".join("".join(line.itertext()) for line in cell.findall(f"{_TEXT}p")))
    return found

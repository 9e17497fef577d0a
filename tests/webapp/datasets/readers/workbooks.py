"""Workbooks written by hand, so that they can hold what no spreadsheet program writes."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>"
)
# The second style shows a number as a date
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    "</styleSheet>"
)
Sheets = dict[str, str]


def workbook(sheets: Sheets, kind: str = "worksheet", **parts: bytes | str) -> bytes:
    """An .xlsx file of sheets, each the XML inside its `worksheet` element; `parts` are more members."""
    names = list(sheets)
    index = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(names, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    links += f'<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/>'
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{index}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        ),
        "xl/styles.xml": STYLES,
    }
    for i, name in enumerate(names, start=1):
        members[f"xl/worksheets/sheet{i}.xml"] = f'<worksheet xmlns="{MAIN}">{sheets[name]}</worksheet>'
    return archived(members | parts)


def archived(members: dict[str, bytes | str]) -> bytes:
    """A zip file of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rows(*values: tuple[object, ...], first: int = 1, behind: str = "") -> str:
    """The XML of rows of cells: numbers, texts, truth values, None, or a cell's XML as bytes."""
    made = [
        f'<row r="{r}">'
        + "".join(_cell(value, f"{chr(65 + c)}{r}") for c, value in enumerate(row))
        + "</row>"
        for r, row in enumerate(values, start=first)
    ]
    return f"<sheetData>{''.join(made)}</sheetData>{behind}"


def _cell(value: object, reference: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode().replace("<c", f'<c r="{reference}"', 1)
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'

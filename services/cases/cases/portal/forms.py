"""Reading what a browser sends: fields, and files where there are any."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

Form = Mapping[str, str]

_MOST_FILES = 5
_MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


async def read_form(request: Request) -> tuple[dict[str, str], list[Upload]]:
    """Fields and files; nothing of a form that cannot be read. The service's limit bounds its size (413)."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        body = (await request.body()).decode("utf-8", "replace")
        try:
            return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)), []
        except ValueError:
            return {}, []
    fields: dict[str, str] = {}
    uploads: list[Upload] = []
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    if content:
                        uploads.append(Upload(value.filename or "file", content))
                else:
                    fields[name] = value
    except HTTPException:
        return {}, []
    return fields, uploads

"""Handing out a document of some papers, under a name that says nothing about the patient."""

from typing import Any

from flask import Response

from ifr import documents
from ifr.cases.models import Case
from ifr.documents import Document
from ifr.workflow import NotVisible

_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/plain": ".txt"}


def hand_out(case: Case, papers: dict[str, Any], number: int) -> Response:
    """A document by its number in the papers. Raises NotVisible for one that is not in them."""
    named = next((one for one in papers["documents"] if one["number"] == number), None)
    found = documents.get(named["document_id"], case.stream) if named else None
    if found is None:
        raise NotVisible(str(number))
    return handed(found, f"{case.key}-document-{number}")


def handed(found: Document, name: str) -> Response:
    """A stored file as an answer that a browser saves under a name of ours. Raises HeldBackError."""
    answer = Response(documents.read(found), mimetype=found.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}{_ENDINGS.get(found.media_type, ".docx")}"'
    return answer

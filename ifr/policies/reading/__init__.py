"""Reading a policy document: bytes in, a proposed record out, each field with its passage and how sure it is.

Nothing here knows the database. A person confirms what was read; what the text does not state is left so.
"""

from ifr.policies.reading.reader import read_document
from ifr.policies.reading.record import CodeRow, Field, Reading, UnreadableDocument

__all__ = ["CodeRow", "Field", "Reading", "UnreadableDocument", "read_document"]

from tests.cases.conftest import clinician, draft

__all__ = ["clinician", "draft"]

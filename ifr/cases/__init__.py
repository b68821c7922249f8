"""The request: patient, clinician, treatment, exceptionality, evidence, information requests, who took which part."""

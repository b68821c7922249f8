"""Around the patient: practice and responsible body, basis and consents, contact, parties, monitoring, earlier requests."""
